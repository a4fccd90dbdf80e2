const PROTOCOLS = new Set(['mqtt:', 'mqtts:', 'ws:', 'wss:']);
const EXAMPLE = 'an address such as mqtt://localhost:1883';

/** What is wrong with the address of a broker, for the person who typed it; undefined where nothing is. */
export function brokerMistake(text: string): string | undefined {
  const given = text.trim();
  if (given === '') return `expected ${EXAMPLE}`;
  // Filled in when the configuration is read.
  if (given.includes('${')) return undefined;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(given))
    return isAddress(`mqtt://${given}`) ? `begin with mqtt://, as in mqtt://${given}` : `expected ${EXAMPLE}`;
  const url = URL.parse(given);
  if (url === null || /\s/.test(given) || url.hostname === '') return `this is no address; expected ${EXAMPLE}`;
  if (!PROTOCOLS.has(url.protocol))
    return `brokers are reached by mqtt://, mqtts://, ws:// or wss://, not ${url.protocol}//`;
  if (url.password !== '')
    return 'leave the password out here: put it into secrets.yaml and "password: !secret NAME" beside the url afterwards';
  return undefined;
}

function isAddress(text: string): boolean {
  return !/\s/.test(text) && URL.canParse(text) && new URL(text).hostname !== '';
}
