/** The write scopes of the groups that the demo's attributes belong to. */
export const SCOPES: readonly string[] = [
  'activity_write',
  'food_write',
  'health_write',
  'media_write',
  'productivity_write',
];

export interface DemoAddresses {
  readonly exist: string;
  readonly web: number;
  readonly broker: number;
  readonly timezone: string;
}

export function configurationOf({ exist, web, broker, timezone }: DemoAddresses): string {
  return `# Written by the demo at each start. A real one looks just like it, without "url".
exist:
  url: ${exist}
  client_id: demo
  client_secret: demo-secret

timezone: ${timezone}
web: { port: ${web} }
journal: { commit_every: 1s }

sources:
  home:
    plugin: mqtt
    broker: { port: ${broker} }
    series:
      fridge_door: { topic: zigbee2mqtt/fridge, value: contact }
      "temp_{1}":  { topic: zigbee2mqtt/+/climate, value: temperature }
      desk_power:  { topic: tele/desk/SENSOR, value: ENERGY.Power, time: Time, unit: W }
      energy:      { topic: tele/desk/SENSOR, value: ENERGY.Total, time: Time, unit: kWh }
      weight:      { topic: home/scale, value: weight, unit: kg }
      phone_steps: { topic: home/phone/steps }
  books:
    plugin: file
    path: reading/*.csv
    series:
      pages: { date: Date, value: Pages }

attributes:
  pages_read: { from: books.pages, fold: sum }
  steps:      { from: home.phone_steps, fold: max }
  weight:     { from: home.weight, fold: last }
  fridge_opens:
    label: Fridge opens
    group: food
    type: integer
    from: home.fridge_door
    fold: { count_changes: { to: false } }
  desk_min:
    label: Time at the desk
    group: productivity
    type: duration
    from: home.desk_power
    fold: { time_in: "> 20" }
  kitchen_max:
    label: Kitchen at its warmest
    group: health
    type: float
    from: home.temp_kitchen
    fold: max
    round: 1
`;
}
