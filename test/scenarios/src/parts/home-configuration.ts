/** The source of the devices of test/home. */
export function homeSource(broker: string): unknown {
  return {
    plugin: 'mqtt',
    url: broker,
    // Its pings run in real time.
    keepalive: '1h',
    series: {
      everything: { topic: '#', value: '1' },
      fridge_door: { topic: 'zigbee2mqtt/fridge', value: 'contact' },
      coffee: { topic: 'zigbee2mqtt/coffee', value: 'state' },
      kitchen: { topic: 'zigbee2mqtt/kitchen/climate', value: 'temperature' },
      'temp_{1}': { topic: 'zigbee2mqtt/+/climate', value: 'temperature' },
      steps: { topic: 'home/phone/steps' },
      desk_power: { topic: 'tele/desk/SENSOR', value: 'ENERGY.Power', time: 'Time', unit: 'W' },
      energy: { topic: 'tele/desk/SENSOR', value: 'ENERGY.Total', time: 'Time', unit: 'kWh' },
    },
  };
}

export function homeAttributes(): Readonly<Record<string, unknown>> {
  const float = { group: 'health', type: 'float' };
  const desk = { group: 'productivity' };
  return {
    messages: { ...desk, type: 'integer', from: 'home.everything', fold: 'count' },
    fridge_opens: { group: 'food', type: 'integer', from: 'home.fridge_door', fold: { count_changes: { to: false } } },
    coffees: { from: 'home.coffee', fold: { count_changes: { to: 'ON' } }, write: 'increment' },
    kitchen_max: { ...float, from: 'home.kitchen', fold: 'max' },
    bedroom_min: { ...float, from: 'home.temp_bedroom', fold: 'min' },
    office_mean: { ...float, from: 'home.temp_office', fold: 'mean' },
    steps: { from: 'home.steps', fold: 'max' },
    desk_min: { ...desk, type: 'duration', from: 'home.desk_power', fold: { time_in: '> 20' }, write: 'daily' },
    desk_energy: { ...float, from: 'home.energy', fold: 'increase' },
    desk_from: { ...desk, type: 'time_of_day', from: 'home.desk_power', fold: { time_first: '> 20' } },
    desk_until: { ...desk, type: 'time_of_day', from: 'home.desk_power', fold: { time_last: '> 20' } },
  };
}
