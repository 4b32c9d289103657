import { release } from 'node:os';
import { Command } from 'commander';
import { EXIT_DONE, EXIT_FAILED } from './exit-code.js';
import type { HostCheck } from './host-check.js';
import { jsonOption, printJson } from './output.js';
import { type Column, formatTable } from './table.js';

/** The oldest Node.js that lasthop is tested with. */
const NODE_MINIMUM = [20, 19] as const;

const COLUMNS: readonly Column[] = [
  { key: 'passed', heading: '', format: (passed, row) => (passed ? 'ok' : row.required ? 'FAILED' : 'missing') },
  { key: 'name', heading: 'CHECK' },
  { key: 'found', heading: 'FOUND' },
  { key: 'fix', heading: 'WHAT TO DO', format: (fix) => String(fix) },
];

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say whether this machine can run lasthop, and what to do if it cannot')
    .addOption(jsonOption())
    .action(async (options: { json?: true }) => {
      const checks = [checkNode(process.versions.node), ...(await kernelChecks()), await checkLab()];
      if (options.json) printJson(checks);
      else
        process.stdout.write(
          formatTable(
            COLUMNS,
            checks.map((check) => ({ ...check })),
          ),
        );
      process.exitCode = checks.every(({ passed, required }) => passed || !required) ? EXIT_DONE : EXIT_FAILED;
    });
}

function checkNode(version: string): HostCheck {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const passed = major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1]);
  const fix = passed ? '' : `install Node.js ${NODE_MINIMUM.join('.')} or later`;
  return { name: 'Node.js', passed, required: true, found: version, fix };
}

/** Without the native addon nothing of the kernel can be looked at. */
async function kernelChecks(): Promise<HostCheck[]> {
  try {
    const { checkKernel, checkUserChange } = await import('./host-check.js');
    return [...checkKernel(release()), checkUserChange()];
  } catch (error) {
    const found = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return [{ name: 'native addon', passed: false, required: true, found, fix: 'build it: npm run install' }];
  }
}

async function checkLab(): Promise<HostCheck> {
  const check = { name: 'namespaces for labs', required: false };
  try {
    const { isolationFlags } = await import('../lab/isolation.js');
    isolationFlags();
    return { ...check, passed: true, found: 'allowed', fix: '' };
  } catch (error) {
    return { ...check, passed: false, found: 'refused', fix: error instanceof Error ? error.message : String(error) };
  }
}
