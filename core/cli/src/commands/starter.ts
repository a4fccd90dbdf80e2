export interface Answers {
  readonly broker: string;
  readonly timezone: string;
  /** Id and secret of the client at Exist; without them nothing is sent. */
  readonly client?: { readonly id: string; readonly secret: string };
}

export const CLIENT_ID = 'exist_client_id';
export const CLIENT_SECRET = 'exist_client_secret';

/** A first dayfold.yaml, with comments for the next steps. */
export function starter({ broker, timezone, client }: Answers): string {
  const section = ['exist:', `  client_id: !secret ${CLIENT_ID}`, `  client_secret: !secret ${CLIENT_SECRET}`];
  const exist =
    client === undefined
      ? [
          '# Values stay here. To send them to Exist: make a client at https://exist.io/account/apps/ (redirect address',
          '# http://localhost:8373/connect/callback, type confidential), take away the # of these three lines, and write its',
          `# id and secret as "${CLIENT_ID}: …" and "${CLIENT_SECRET}: …" into secrets.yaml beside this file.`,
          ...section.map((line) => `# ${line}`),
        ]
      : ['# The client of https://exist.io/account/apps/; its id and secret stand in secrets.yaml.', ...section];
  return `# dayfold: what is measured, and what a day makes of it.
${exist.join('\n')}

timezone: ${timezone}
# day_starts: "04:00"      # the small hours belong to the day before

sources:
  home:
    plugin: mqtt
    url: ${JSON.stringify(broker)}     # no broker yet? "broker: { port: 1883 }" in place of "url" hosts one in dayfold
    series:
      # name:       { topic: where it is published, value: where in the payload }
      fridge_door: { topic: zigbee2mqtt/fridge, value: contact }

attributes:
  fridge_opens:
    label: Fridge opens
    group: food
    type: integer
    from: home.fridge_door
    fold: { count_changes: { to: false } }
`;
}
