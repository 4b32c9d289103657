import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { readConfig } from '../../src/config/config.js';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

/** What an example leaves out that shows one thing only. */
const ROUTER = 'router-id: 10.255.0.1\n';
const LINKS = 'links: [{ name: eth1, address: 1.0.0.1/8 }, { name: eth2, address: 2.0.0.1/8 }]\n';

describe('the manual', () => {
  const examples = [...README.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);

  it('has examples that are good configurations', () => {
    assert.ok(examples.length >= 5);
    for (const text of examples) {
      const missing = (text.includes('router-id:') ? '' : ROUTER) + (text.includes('links:') ? '' : LINKS);
      assert.doesNotThrow(() => readConfig('README.md', missing + text), text);
    }
  });

  it('has every default of the reference right', () => {
    const config = readConfig(
      'r.yaml',
      `${ROUTER}${LINKS}ospf:
  redistribute: { static: {} }
  areas: [{ id: 0 }]
  interfaces: [{ link: eth1, bfd: {} }]
vips: [{ name: a, address: 3.3.3.3 }]
`,
    );
    const defaultOf = (key: string) => {
      const row = README.split('\n').find((line) => line.startsWith('| ') && line.includes(`\`${key}\``));
      return row?.split(' | ')[2]?.replaceAll('`', '') ?? assert.fail(`no row for ${key}`);
    };
    const [vip] = config.vips;
    const [ospfInterface] = config.ospf?.interfaces ?? [];
    const expected: { readonly [key: string]: unknown } = {
      workers: config.workers,
      'virtual-link.name': config.virtualLink.name,
      'virtual-link.mtu': config.virtualLink.mtu,
      'virtual-link.coalesce': config.virtualLink.coalesce,
      'links[].io': config.links[0]?.io,
      'links[].coalesce': config.links[0]?.coalesce,
      'links[].source-validation': config.links[0]?.policy.sourceValidation,
      'links[].redirects': config.links[0]?.policy.redirects,
      'links[].icmp-source': config.links[0]?.policy.icmpSource,
      'links[].ip-options': config.links[0]?.policy.ipOptions,
      'ospf.mode': config.ospf?.mode,
      'ospf.areas[].type': config.ospf?.areas[0]?.type,
      'ospf.areas[].summaries': config.ospf?.areas[0]?.summaries,
      'ospf.areas[].default-cost': config.ospf?.areas[0]?.defaultCost,
      'ospf.redistribute.static.metric': config.ospf?.redistributeStatic?.metric,
      'ospf.redistribute.static.metric-type': config.ospf?.redistributeStatic?.metricType,
      'ospf.redistribute.static.tag': config.ospf?.redistributeStatic?.tag,
      'ospf.redistribute.static.default-route': config.ospf?.redistributeStatic?.defaultRoute,
      'ospf.graceful-restart-helper': config.ospf?.gracefulRestartHelper,
      'ospf.spf-delay.initial': config.ospf?.spfDelays.initialMs,
      'ospf.spf-delay.short': config.ospf?.spfDelays.shortMs,
      'ospf.spf-delay.long': config.ospf?.spfDelays.longMs,
      'ospf.spf-delay.time-to-learn': config.ospf?.spfDelays.timeToLearnMs,
      'ospf.spf-delay.holddown': config.ospf?.spfDelays.holddownMs,
      'ospf.interfaces[].type': ospfInterface?.type,
      'ospf.interfaces[].priority': ospfInterface?.priority,
      'ospf.interfaces[].cost': ospfInterface?.cost,
      'ospf.interfaces[].hello-interval': ospfInterface?.helloIntervalSeconds,
      'ospf.interfaces[].retransmit-interval': ospfInterface?.retransmitIntervalSeconds,
      'ospf.interfaces[].passive': ospfInterface?.passive,
      'ospf.interfaces[].mtu-ignore': ospfInterface?.mtuIgnore,
      '….bfd.interval': ospfInterface?.bfd?.minTxMs,
      '….bfd.multiplier': ospfInterface?.bfd?.multiplier,
      'vips[].mode': vip?.mode,
      'vips[].cost': vip?.cost,
      'controller.user': config.controller.user,
      'controller.hold-time': config.controller.holdTimeSeconds,
      'state-directory': config.stateDirectory,
      'control-socket': config.controlSocket,
    };
    for (const [key, value] of Object.entries(expected)) assert.equal(defaultOf(key), String(value), key);
  });
});
