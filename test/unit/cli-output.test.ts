import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calendarTime, monotonicMs } from '../../src/api/clock.js';
import { LasthopError } from '../../src/base/errors.js';
import { controllerArguments, controllerOptions } from '../../src/cli/controller-options.js';
import { describeFailure, exitCodeOf } from '../../src/cli/exit-code.js';
import { checkKernel } from '../../src/cli/host-check.js';
import { createLateLog, createLog } from '../../src/cli/log.js';
import { SUBJECTS } from '../../src/cli/show-subjects.js';
import { formatTable } from '../../src/cli/table.js';
import { ConfigError } from '../../src/config/problem.js';
import { EventLog } from '../../src/controller/event-log.js';

describe('the log', () => {
  const atMs = monotonicMs();
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);

  it('has one readable line for each event', () => {
    const log = createLog('text', write);
    log({ atMs, name: 'link-up', detail: { link: 'eth1', mtu: 1500 } });
    log({ atMs, name: 'link-down', detail: { link: 'eth1', reason: 'no carrier', empty: '' } });
    assert.match(lines[0] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info link-up link=eth1 mtu=1500\n$/);
    assert.match(lines[1] ?? '', /Z warn link-down link=eth1 reason="no carrier" empty=""\n$/);
  });

  it('keeps a line together whatever is in it', () => {
    lines.length = 0;
    createLog('text', write)({ name: 'x', detail: { text: 'two\nlines "quoted"', control: '\x1b[2J' } });
    assert.match(lines.join(''), / x text="two\\nlines \\"quoted\\"" control="\\u001b\[2J"\n$/);
  });

  it('leaves out how protocols work when nothing is wrong', () => {
    lines.length = 0;
    const log = createLog('text', write);
    const step = (from: string, to: string) => log({ name: 'neighbor-state', detail: { link: 'eth1', from, to } });
    step('Init', 'ExStart');
    step('Loading', 'Full');
    step('Full', 'Down');
    log({ name: 'packet-rejected', detail: { check: 'min-ls-arrival' } });
    log({ name: 'packet-rejected', detail: { check: 'hello-interval' } });
    log({ name: 'vip-state', detail: { vip: 'web' } });
    assert.deepEqual(
      lines.map((line) => line.trimEnd().replace(/^\S+ /, '')),
      [
        'info neighbor-state link=eth1 from=Loading to=Full',
        'warn neighbor-state link=eth1 from=Full to=Down',
        'warn packet-rejected check=hello-interval',
        'info vip-state vip=web',
      ],
    );
  });

  it('may be written after what it tells of has been dealt with', async () => {
    lines.length = 0;
    const log = createLateLog('text', write);
    log({ atMs, name: 'link-up', detail: { link: 'eth1' } });
    log({ name: 'link-up', detail: { link: 'eth2' } });
    assert.deepEqual(lines, []);
    // The log's own timer does not keep a process alive.
    for (const endMs = monotonicMs() + 10_000; lines.length < 2 && monotonicMs() < endMs; )
      await new Promise((resolve) => setTimeout(resolve, 1));
    assert.match(lines.join(''), /link=eth1\n.* link=eth2\n$/);
  });

  it('may be JSON', () => {
    lines.length = 0;
    createLog('json', write)({ atMs, name: 'link-up', detail: { link: 'eth1' } });
    const { time, ...rest } = JSON.parse(lines.join(''));
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
    assert.deepEqual(rest, { level: 'info', event: 'link-up', link: 'eth1' });
  });
});

it('the calendar follows the monotonic clock', () => {
  const now = monotonicMs();
  assert.ok(Math.abs(calendarTime(now).getTime() - Date.now()) < 1000);
  assert.equal(calendarTime(now).getTime() - calendarTime(now - 5000).getTime(), 5000);
  const times = new Set(Array.from({ length: 1000 }, () => calendarTime(now).getTime()));
  assert.equal(times.size, 1);
});

it('events are in the order of their times, whenever they arrive', () => {
  const events = new EventLog(3);
  for (const [atMs, name] of [
    [5, 'dropped'],
    [10, 'first'],
    [30, 'third'],
    [20, 'second'],
  ] as const) {
    events.record(atMs, name, {});
  }
  assert.deepEqual(
    events.recent().map(({ name, sequence }) => [name, sequence]),
    [
      ['first', 2],
      ['second', 4],
      ['third', 3],
    ],
  );
});

describe('tables', () => {
  it('align text left and numbers right', () => {
    const columns = [
      { key: 'name', heading: 'NAME' },
      { key: 'count', heading: 'N' },
      { key: 'up', heading: 'UP' },
    ];
    const rows = [
      { name: 'a', count: 1000, up: true },
      { name: 'long', count: 2, up: null },
    ];
    assert.equal(formatTable(columns, rows), 'NAME     N  UP\na     1000  yes\nlong     2  -\n');
    assert.equal(formatTable(columns, []), 'NAME  N  UP\n');
  });

  it('exist for every subject, and have distinct names', () => {
    assert.equal(new Set(SUBJECTS.map(({ name }) => name)).size, SUBJECTS.length);
    for (const { name, columns } of SUBJECTS) assert.ok(columns.length > 1, name);
  });
});

describe('failures', () => {
  it('are one line, with a hint, and no stack trace unless it is asked for', () => {
    const error = new LasthopError('NOT_RUNNING', 'no router', 'start one');
    assert.equal(describeFailure(error, false), 'lasthop: no router\nlasthop: start one\n');
    assert.equal(exitCodeOf(error), 3);
    assert.match(describeFailure(new TypeError('oops'), true), /^lasthop: oops\nTypeError: oops\n {4}at /);
    assert.equal(describeFailure(new TypeError('oops'), false), 'lasthop: oops\n');
    assert.equal(exitCodeOf(new TypeError('oops')), 1);
    const problems = new ConfigError('f', [
      { line: 2, column: 1, message: 'b' },
      { line: 1, column: 9, message: 'a' },
    ]);
    assert.equal(describeFailure(problems, false), 'f:1:9: a\nf:2:1: b\n');
  });
});

it('the options of a controller survive its command line', () => {
  const options = { socket: '/tmp/with space=.sock', uid: 65534, gid: 1, log: 'json', record: '/tmp/of ospf' } as const;
  assert.deepEqual(controllerOptions(controllerArguments(options)), options);
  const silent = { ...options, record: undefined };
  assert.deepEqual(controllerOptions(controllerArguments(silent)), silent);
  assert.throws(() => controllerOptions([]), /started by "lasthop run"/);
});

describe('the look at a machine', () => {
  it('says what is missing and what to do', () => {
    const checks = checkKernel('5.15.0-1', { netAdmin: false, netRaw: true, tunDevice: 'absent' });
    assert.deepEqual(
      checks.map(({ name, passed, required }) => [name, passed, required]),
      [
        ['native addon', true, true],
        ['CAP_NET_ADMIN', false, true],
        ['CAP_NET_RAW', true, true],
        ['/dev/net/tun', false, true],
        ['ingress drop by nftables', true, true],
        ['ingress drop by TCX', false, false],
      ],
    );
    assert.ok(checks.every(({ passed, fix }) => passed === (fix === '')));
    assert.ok(checkKernel('7.0', { netAdmin: true, netRaw: true, tunDevice: 'usable' }).every(({ passed }) => passed));
  });
});
