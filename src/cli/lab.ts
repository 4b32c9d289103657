import { Command } from 'commander';
import { readLab } from '../lab/lab-file.js';
import { readTextFile } from './config-file.js';
import { callLab, endLabs, type LabCall, labUp, listLabs } from './lab-background.js';
import { captureInLab, runInLab } from './lab-inside.js';
import { runLab } from './lab-run.js';
import { jsonOption } from './output.js';

/** What a lab command needs of its file. */
export interface LabFile {
  readonly path: string;
  readonly text: string;
  readonly name: string;
}

/** `lasthop lab …` */
export function labCommand(): Command {
  const lab = new Command('lab')
    .description('networks of namespaces on this machine, with no way out of it')
    .enablePositionalOptions();
  lab
    .command('run <file>')
    .description('build a lab, run its scenario, and remove it')
    .addOption(jsonOption())
    .option('--keep', 'leave the lab up when the scenario has ended')
    .action((path: string, options: { json?: true; keep?: true }) =>
      runLab(readLabFile(path), { json: options.json === true, keep: options.keep === true }).then(setExitCode),
    );
  lab
    .command('up <file>')
    .description('build a lab and leave it up')
    .action((path: string) => labUp(readLabFile(path)));
  lab
    .command('down [lab]')
    .description('remove a lab that is up')
    .option('--all', 'every lab of this user')
    .action((name: string | undefined, options: { all?: true }) => endLabs(name, options.all === true));
  lab
    .command('status')
    .description('the labs that are up')
    .addOption(jsonOption())
    .action((options: { json?: true }) => listLabs(options.json === true));
  lab
    .command('exec <lab> <node> <command...>')
    .description('run a command in a node; lasthop show … talks to the node’s router')
    .passThroughOptions()
    .action((name: string, node: string, command: string[]) => runInLab(name, node, command).then(setExitCode));
  lab
    .command('capture <lab> <link>')
    .description('write the frames of a link (NODE:LINK) to a capture file')
    .option('-w, --write <file>', 'the file, - for stdout', '-')
    .option('-f, --filter <filter>', 'which frames, as in tcpdump', '')
    .action((name: string, link: string, options: { write: string; filter: string }) =>
      captureInLab(name, link, options.write, options.filter).then(setExitCode),
    );
  addLinkCommand(lab, 'fail', 'take a link (NODE:LINK) out of service').option(
    '--silent',
    'carrier stays, and every frame vanishes',
  );
  addLinkCommand(lab, 'restore', 'put a failed link back into service');
  return lab;
}

function addLinkCommand(lab: Command, verb: LabCall, description: string): Command {
  return lab
    .command(`${verb} <lab> <link>`)
    .description(description)
    .action((name: string, link: string, options: { silent?: true }) =>
      callLab(name, verb, { link, silent: options.silent === true }),
    );
}

/** Reads and checks a lab file. Throws LasthopError if it cannot be read, ConfigError with what is wrong with it. */
function readLabFile(path: string): LabFile {
  const text = readTextFile(path, 'a lab file');
  return { path, text, name: readLab(path, text).name };
}

function setExitCode(code: number): void {
  process.exitCode = code;
}
