import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scrubbed } from '../../src/doctor/scrub.ts';

test('a secret is found in texts and keys, as it is and in every usual spelling', () => {
  const secret = 'pä ss/"w+rd';
  const spelt = [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(`anna:${secret}`).toString('base64'),
    Buffer.from(`an:${secret}:more`).toString('base64url'),
    JSON.stringify({ secret }),
  ];
  const shown = JSON.stringify(scrubbed({ [secret]: spelt, deep: { list: [{ text: `is ${secret}.` }] } }, [secret]));
  for (const text of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').slice(0, 12)])
    expect(shown).not.toContain(text);
  expect(shown).toContain('is •••.');
});

test('wherever a secret begins in what is encoded, no six letters of its own are left', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 8 }),
      fc.stringMatching(/^[\w!-]{8,20}$/),
      fc.string({ maxLength: 8 }),
      (before, secret, after) => {
        const encoded = Buffer.from(`${before}${secret}${after}`).toString('base64');
        const shown = scrubbed(encoded, [secret]) as string;
        const left = Buffer.from(shown.replaceAll('•••', ''), 'base64').toString('latin1');
        expect(shown).toContain('•••');
        expect(left).not.toContain(secret.slice(2, -2));
      },
    ),
  );
});

test('addresses lose their credentials and whereabouts, and short or empty secrets tear nothing apart', () => {
  expect(scrubbed('cannot reach mqtt://anna:pw@host or https://x/?lat=52.5&days=1', ['', 'a', 'not'])).toBe(
    'cannot reach mqtt://•••@host or https://x/?lat=•••&days=1',
  );
});

test('the home folder is not named, unless it is the root', () => {
  expect(scrubbed('/home/anna/data is full', [], '/home/anna')).toBe('~/data is full');
  expect(scrubbed('/data is full', [], '/')).toBe('/data is full');
});
