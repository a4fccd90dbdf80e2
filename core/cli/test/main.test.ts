import { expect, test } from 'vitest';
import { program } from '../src/main.ts';
import { Folder } from './command.ts';

const YAML = `timezone: UTC
attributes:
  fridge_opens: { from: home.door, fold: count, group: food, type: integer, label: Opens }
sources:
  home: { plugin: mqtt, url: "mqtt://127.0.0.1:1", series: { door: { topic: door, value: open } } }
`;

test('wrong usage is told with a suggestion, prints nothing else and ends with 2', async () => {
  await using folder = await Folder.with({ 'dayfold.yaml': YAML });
  const cases: [readonly string[], RegExp][] = [
    [['chekc'], /Did you mean check\?/],
    [['check', '--conect'], /Did you mean --connect\?/],
    [['days', '--from', '2026-02-31'], /expected a date such as 2026-03-29, or today, or yesterday/],
    [['explain', 'fridge_opens', 'tomorrow'], /expected a date/],
    [['explain', 'fridge_opens'], /missing required argument 'date'/],
    [['days', 'fridge_open', '--json'], /did you mean "fridge_opens"\?/],
  ];
  const outcomes = await Promise.all(cases.map(async ([args]) => await folder.run([...args])));
  for (const [index, { status, stdout, stderr }] of outcomes.entries()) {
    const [args, message] = cases[index]!;
    expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  }
});

test('every command says in its help what it does and shows an example', () => {
  const { commands } = program();
  expect(commands.map((command) => command.name())).toContain('explain');
  for (const command of commands) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toContain(`  dayfold ${command.name()}`);
    expect(command.description().split(' ').length, command.name()).toBeGreaterThan(3);
  }
});

test('today and yesterday are dates too', async () => {
  await using folder = await Folder.with({ 'dayfold.yaml': YAML });
  const { stdout } = await folder.run(['explain', 'fridge_opens', 'yesterday', '--json']);
  const explained = JSON.parse(stdout) as { date: string };
  expect(explained.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(explained.date < new Date().toISOString().slice(0, 10)).toBe(true);
});
