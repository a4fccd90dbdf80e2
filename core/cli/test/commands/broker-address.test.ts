import { expect, test } from 'vitest';
import { brokerMistake } from '../../src/commands/broker-address.ts';
import { writeStarter } from '../../src/commands/init.ts';
import { Folder } from '../command.ts';

test.each([
  'mqtt://localhost:1883',
  'mqtts://user@box.lan',
  'ws://[::1]:9001/mqtt',
  ' wss://b.example ',
  'mqtt://${HOST}',
])('%s can be the address of a broker', (text) => expect(brokerMistake(text)).toBeUndefined());

test.each([
  ['', 'expected an address'],
  ['  ', 'expected an address'],
  ['192.168.1.5', 'begin with mqtt://, as in mqtt://192.168.1.5'],
  ['box:1883', 'begin with mqtt://, as in mqtt://box:1883'],
  ['http://box', 'not http://'],
  ['file:///etc/passwd', 'expected an address'],
  ['mqtt://', 'this is no address'],
  ['mqtt://box:port', 'this is no address'],
  ['mqtt://box 1883', 'this is no address'],
  ['mqtt://a"\n  evil: 1', 'this is no address'],
  ['my broker', 'expected an address'],
  ['mqtt://anna:kanari@box', 'leave the password out here'],
])('%j is told to be none', (text, told) => {
  expect(brokerMistake(text)).toContain(told);
  expect(brokerMistake(text)).not.toContain('kanari');
});

test('what is no address of a broker is written into no file', async () => {
  await using folder = await Folder.with();
  const file = `${folder.path}/dayfold.yaml`;
  await expect(writeStarter(file, { broker: 'box', timezone: 'UTC' })).rejects.toThrow('begin with mqtt://');
  expect((await folder.run(['check'])).stderr).toContain('there is no dayfold.yaml');
});
