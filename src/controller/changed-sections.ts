import type { Config } from '../config/config.js';

/** Names of the sections of the configuration that `after` changes; all of them if there was none before. */
export function changedSections(before: Config | undefined, after: Config): string[] {
  const sections: [string, (config: Config) => unknown][] = [
    ['virtual-link', (config) => config.virtualLink],
    ['links', (config) => config.links],
    ['routes', (config) => config.routes],
    ['ospf', (config) => config.ospf],
    ['vips', (config) => config.vips],
  ];
  return sections
    .filter(([, of]) => before === undefined || JSON.stringify(of(before)) !== JSON.stringify(of(after)))
    .map(([name]) => name);
}
