import { expect, test } from 'vitest';
import { knownHosts } from '../src/known-host.ts';

const isKnown = knownHosts(['NAS.example.org', 'box']);

test('addresses, localhost, .local and configured names are ours, with and without a port', () => {
  for (const header of [
    '127.0.0.1:8373',
    '192.168.1.5',
    '[::1]:8373',
    '[fd00::5]',
    'localhost:8373',
    'LOCALHOST',
    'localhost.',
    'dayfold.localhost',
    'raspberrypi.local:8373',
    'nas.example.org:80',
    'box',
  ])
    expect(isKnown(header), header).toBe(true);
});

test('a name that anybody can point here, and what is no name, is not ours', () => {
  for (const header of [
    'attacker.example',
    'localhost.attacker.example',
    '127.0.0.1.attacker.example:8373',
    'example.org',
    'notlocalhost',
    'local',
    'box@attacker.example',
    'attacker.example/localhost',
    'a b',
    '',
    undefined,
  ])
    expect(isKnown(header), String(header)).toBe(false);
});
