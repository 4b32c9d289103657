import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../src/config/problem.js';
import { readLab } from '../../src/lab/lab-file.js';

const TOPOLOGY = `name: test
nodes:
  a: { kind: host, addresses: { eth1: [10.0.0.1/24] } }
  b: { kind: host }
links:
  - ends: [a:eth1, b:eth1]
`;

function problems(text: string): string[] {
  try {
    readLab('lab.yaml', text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split('\n');
  }
  return [];
}

function stepProblems(step: string): string[] {
  return problems(`${TOPOLOGY}steps:\n  - { name: it, ${step} }\n`);
}

describe('a lab file', () => {
  it('describes the figures', () => {
    for (const name of ['figure-5-1', 'figure-5-2']) {
      const path = fileURLToPath(new URL(`../../../labs/${name}.yaml`, import.meta.url));
      const lab = readLab(path, readFileSync(path, 'utf8'));
      assert.equal(lab.name, name);
      assert.deepEqual([...lab.nodes.keys()], ['client', 'router1', 'router2', 'server']);
      assert.deepEqual([...new Set([...lab.nodes.values()].map((node) => node.kind))], ['lasthop']);
      assert.equal(lab.links.length, 4);
    }
  });

  it('keeps the configuration of a node as it is written', () => {
    const lab = readLab('lab.yaml', 'name: x\nnodes:\n  a: { kind: lasthop, config: { router-id: 10.0.0.1 } }\n');
    assert.deepEqual(lab.configs.get('a'), { 'router-id': '10.0.0.1' });
  });

  it('is fine without steps', () => {
    assert.deepEqual(problems(TOPOLOGY), []);
  });

  it('has nodes of known kinds, each with what its kind needs', () => {
    assert.deepEqual(problems('name: x\nnodes:\n  a: { kind: lastop }\n'), [
      'lab.yaml:3:14: nodes.a.kind is "lastop", expected lasthop or host or kernel-router or frr or bird',
    ]);
    assert.deepEqual(problems('name: x\nnodes:\n  a: { kind: lasthop }\n'), [
      'lab.yaml:3:6: node a has no config, expected one',
    ]);
    assert.deepEqual(problems('name: x\nnodes:\n  a: { kind: host, text: router ospf }\n'), [
      'lab.yaml:3:26: node a is of kind host, expected no text',
    ]);
  });

  it('checks the configuration of its nodes where it stands', () => {
    const config = (words: string) => `name: x\nnodes:\n  a:\n    kind: lasthop\n    config:\n      ${words}\n`;
    assert.deepEqual(problems(config('router-id: 10.0.0')), [
      'lab.yaml:6:18: nodes.a.config.router-id is "10.0.0", expected an IPv4 address such as 10.0.0.1',
    ]);
    assert.deepEqual(problems(config('rooter-id: 10.0.0.1')), [
      'lab.yaml:6:7: nodes.a.config.router-id is missing, expected an IPv4 address such as 10.0.0.1',
      'lab.yaml:6:7: unknown key "rooter-id" in nodes.a.config, expected "router-id"',
    ]);
    const twice = config('router-id: 10.0.0.1\n      vips: [{ name: v, address: 10.0.0.1 }]');
    assert.deepEqual(problems(twice).length, 1);
    assert.match(problems(twice)[0] ?? '', /^lab\.yaml:7:\d+: address 10\.0\.0\.1 is /);
  });

  it('has links between ends that exist, each used once', () => {
    const links = (text: string) => problems(TOPOLOGY.replace('[a:eth1, b:eth1]', text));
    assert.deepEqual(links('[a:eth1, c:eth1]'), ['lab.yaml:6:20: there is no node c, expected one of a, b']);
    assert.deepEqual(links('[a:eth1]'), ['lab.yaml:6:11: the link has 1 ends, expected 2 (a LAN has a name: lan)']);
    assert.deepEqual(links('[a:eth1, a:eth1]'), ['lab.yaml:6:20: a:eth1 is an end twice, expected once']);
    assert.deepEqual(links('[a:eth2, b:eth1]'), ['lab.yaml:3:39: node a has no link eth1, expected an end of a link']);
    assert.deepEqual(links('[a:eth1, beth1]'), [
      'lab.yaml:6:20: links[0].ends[1] is "beth1", expected NODE:LINK such as server:eth1',
    ]);
  });

  it('has steps of one verb each', () => {
    const [both] = stepProblems('pause: { seconds: 1 }, start: { node: a }');
    assert.match(
      both ?? '',
      /^lab\.yaml:8:5: steps\[0\] is a mapping, expected a name and exactly one of wait, expect, /,
    );
    assert.deepEqual(stepProblems('wiat: { reachable: { from: a, to: 10.0.0.2 } }'), [
      'lab.yaml:8:17: unknown key "wiat" in steps[0], expected "wait"',
    ]);
    assert.deepEqual(stepProblems('pause: { seconds: 0 }'), [
      'lab.yaml:8:35: steps[0].pause.seconds is 0, expected a number of seconds above 0, up to 600',
    ]);
  });

  it('has steps about what there is', () => {
    assert.deepEqual(stepProblems('start: { node: z }'), ['lab.yaml:8:5: there is no node z, expected one of a, b']);
    assert.deepEqual(stepProblems('fail: { link: a:eth9 }'), [
      'lab.yaml:8:5: no link ends at a:eth9, expected one of a:eth1, b:eth1',
    ]);
    assert.deepEqual(stepProblems('wait: { adjacencies: { a: 1, z: 1 } }'), [
      'lab.yaml:8:5: there is no node z, expected one of a, b',
    ]);
    assert.deepEqual(stepProblems('wait: { probe: { name: p, answered: 1 } }'), [
      'lab.yaml:8:5: there is no probe p yet, expected an earlier step to start it',
    ]);
  });

  it('changes the configuration of a node in the language of its kind', () => {
    const change = (kind: string, words: string) =>
      problems(`name: x\nnodes:\n  r: ${kind}\nsteps:\n  - { name: it, configure: { node: r, ${words} } }\n`);
    const lasthop = '{ kind: lasthop, config: { router-id: 10.0.0.1 } }';
    assert.deepEqual(change(lasthop, 'config: { vips: [] }'), []);
    assert.deepEqual(change('{ kind: frr }', 'text: router ospf'), []);
    assert.deepEqual(change(lasthop, 'text: router ospf'), [
      'lab.yaml:5:28: node r is of kind lasthop, expected config',
    ]);
    assert.deepEqual(change('{ kind: bird }', 'config: {}'), ['lab.yaml:5:28: node r is of kind bird, expected text']);
    assert.deepEqual(change('{ kind: host }', 'text: router ospf'), [
      'lab.yaml:5:28: node r is of kind host, expected no change of configuration',
    ]);
  });

  it('changes the configuration of lasthop to one that is in order, given what earlier steps have made of it', () => {
    const changes = (...configs: string[]) => {
      const lines = configs.map((config) => `  - { name: it, configure: { node: r, config: ${config} } }\n`);
      const links = 'links: [{ name: eth1, address: 10.1.0.1/24 }]';
      return problems(
        `name: x\nnodes:\n  r: { kind: lasthop, config: { router-id: 10.0.0.1, ${links} } }\nsteps:\n${lines.join('')}`,
      );
    };
    const ospf = '{ ospf: { interfaces: [{ link: eth1 }] } }';
    assert.deepEqual(changes(ospf, '{ ospf: null }', '{ links: [] }'), []);
    assert.deepEqual(changes(ospf, '{ links: [] }'), [
      'lab.yaml:6:47: OSPF interface eth1 is not a link, expected one listed under links (node r after this change)',
    ]);
    assert.deepEqual(changes('{ vips: [{ name: v, address: 3.3.3 }] }'), [
      'lab.yaml:5:76: vips[0].address is "3.3.3", expected the IPv4 address of a host such as 10.0.0.1 (node r after this change)',
    ]);
  });

  it('asks a node for what its kind has', () => {
    const step = (kind: string, words: string) =>
      problems(`name: x\nnodes:\n  r: { kind: ${kind} }\nsteps:\n  - { name: it, ${words} }\n`);
    const noRouter = 'node r is of kind host, expected one that runs a router';
    assert.deepEqual(step('host', 'wait: { ask: { node: r, command: show } }'), [`lab.yaml:5:30: ${noRouter}`]);
    assert.deepEqual(step('host', 'wait: { adjacencies: { r: 1 } }'), [`lab.yaml:5:38: ${noRouter}`]);
    assert.deepEqual(step('host', 'tell: { node: r, command: show }'), [`lab.yaml:5:23: ${noRouter}`]);
    assert.deepEqual(step('frr', 'kill: { node: r, process: bird }'), [
      'lab.yaml:5:23: node r is of kind frr and runs no bird, expected zebra or ospfd or bfdd or staticd',
    ]);
    assert.deepEqual(step('bird', 'wait: { restarted: { node: r } }'), [
      'lab.yaml:5:36: node r is of kind bird and runs no controller, expected bird',
    ]);
    assert.deepEqual(step('bird', 'wait: { ask: { node: r, command: show route, contains: {} } }'), [
      'lab.yaml:5:30: node r runs BIRD, which does not answer in JSON, expected matches or matches-not',
    ]);
    assert.deepEqual(step('frr', 'wait: { ask: { node: r, command: show ip route, lacks: {} } }'), [
      'lab.yaml:5:30: "show ip route" is not answered in JSON, expected a command of FRR that ends with json',
    ]);
    assert.deepEqual(step('frr', 'wait: { ask: { node: r, command: "" } }'), [
      'lab.yaml:5:30: there is no command, expected one of the router of the node',
    ]);
  });

  it('can be read, every one that is published', () => {
    const directory = new URL('../../../labs/', import.meta.url);
    const files = readdirSync(directory).filter((file) => file !== 'programs');
    assert.ok(files.length > 0);
    for (const file of files) {
      const lab = readLab(file, readFileSync(new URL(file, directory), 'utf8'));
      assert.equal(`${lab.name}.yaml`, file);
      assert.ok(lab.steps.length > 0, file);
    }
  });

  it('has conditions of one kind each', () => {
    const [none] = stepProblems('wait: {}');
    assert.match(none ?? '', /^lab\.yaml:8:23: steps\[0\]\.wait is a mapping, expected exactly one of adjacencies, /);
  });
});
