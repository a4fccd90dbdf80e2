interface Unit {
  readonly kind: string;
  /** Times this gives the base unit of its kind; then plus `add`. */
  readonly factor: number;
  readonly add?: number;
}

const KINDS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  energy: { J: 1, kJ: 1000, MJ: 1e6, cal: 4.184, kcal: 4184, Cal: 4184, Wh: 3600, kWh: 3.6e6, MWh: 3.6e9 },
  power: { W: 1, kW: 1000, mW: 0.001, MW: 1e6 },
  mass: { kg: 1, g: 0.001, mg: 1e-6, µg: 1e-9, t: 1000, lb: 0.45359237, oz: 0.028349523125, st: 6.35029318 },
  time: { min: 1, h: 60, s: 1 / 60, ms: 1 / 60_000, d: 1440, 'min from midnight': 1, 'min from midday': 1 },
  length: { m: 1, km: 1000, cm: 0.01, mm: 0.001, mi: 1609.344, ft: 0.3048, yd: 0.9144, in: 0.0254 },
  volume: { ml: 1, l: 1000, cl: 10, dl: 100, 'm³': 1e6, 'fl oz': 29.5735295625, gal: 3785.411784 },
  speed: { 'm/s': 1, 'km/h': 1 / 3.6, mph: 0.44704, kn: 1852 / 3600 },
  rate: { 'mm/h': 1, 'in/h': 25.4, 'cm/h': 10 },
  share: { fraction: 1, '%': 0.01, 'fraction 0.0-1.0': 1 },
  count: { count: 1, 'scale 1-9': 1, 'level 0-4': 1 },
  frequency: { bpm: 1 },
  temperature: { '°C': 1 },
};

/** Other spellings, told apart without regard to case; `Cal` and `cal`, `MW` and `mW` are not. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  kJ: ['kilojoule', 'kilojoules'],
  kcal: ['kilocalorie', 'kilocalories', 'calories'],
  Wh: ['watthour', 'watthours'],
  kWh: ['kw/h', 'kilowatthours'],
  W: ['watt', 'watts'],
  kg: ['kgs', 'kilogram', 'kilograms'],
  g: ['gram', 'grams'],
  µg: ['μg', 'ug', 'mcg'],
  lb: ['lbs', 'pound', 'pounds'],
  oz: ['ounce', 'ounces'],
  st: ['stone', 'stones'],
  min: ['mins', 'minute', 'minutes'],
  h: ['hr', 'hrs', 'hour', 'hours'],
  s: ['sec', 'secs', 'second', 'seconds'],
  ms: ['msec', 'millisecond', 'milliseconds'],
  d: ['day', 'days'],
  m: ['meter', 'meters', 'metre', 'metres'],
  km: ['kilometer', 'kilometers', 'kilometre', 'kilometres'],
  mi: ['mile', 'miles'],
  ft: ['foot', 'feet'],
  in: ['inch', 'inches', '"'],
  l: ['liter', 'liters', 'litre', 'litres'],
  ml: ['milliliter', 'milliliters', 'millilitre', 'millilitres'],
  'm³': ['m3'],
  'fl oz': ['floz', 'fl. oz.', 'fl_oz', 'fluid ounces'],
  'km/h': ['kmh', 'kph', 'kmph'],
  'm/s': ['mps'],
  kn: ['kt', 'kts', 'knot', 'knots'],
  '%': ['percent'],
  bpm: ['/min', '1/min', 'beats/min'],
  '°C': ['c', 'ºc', '℃', 'degc', 'celsius'],
  K: ['kelvin'],
  '°F': ['f', 'ºf', '℉', 'degf', 'fahrenheit'],
};

const UNITS = new Map<string, Unit>(
  Object.entries(KINDS).flatMap(([kind, units]) =>
    Object.entries(units).map(([name, factor]) => [name, { kind, factor }] as const),
  ),
);
UNITS.set('K', { kind: 'temperature', factor: 1, add: -273.15 });
UNITS.set('°F', { kind: 'temperature', factor: 5 / 9, add: -160 / 9 });

const NAMES = new Map<string, string>();
for (const name of UNITS.keys()) NAMES.set(name.toLowerCase(), name);
for (const ambiguous of ['cal', 'mw']) NAMES.delete(ambiguous);
for (const [name, spellings] of Object.entries(SPELLINGS)) for (const spelling of spellings) NAMES.set(spelling, name);

/** The usual spelling of a unit; what is not known stays as it is. */
export function unitNamed(text: string): string {
  const trimmed = text.trim();
  return UNITS.has(trimmed) ? trimmed : (NAMES.get(trimmed.toLowerCase()) ?? trimmed);
}

/** A value in another unit; undefined where the two units do not measure the same thing. */
export function convert(value: number, from: string, to: string): number | undefined {
  const [fromName, toName] = [unitNamed(from), unitNamed(to)];
  if (fromName === toName) return value;
  const [source, target] = [UNITS.get(fromName), UNITS.get(toName)];
  if (source === undefined || target === undefined || source.kind !== target.kind) return undefined;
  return (value * source.factor + (source.add ?? 0) - (target.add ?? 0)) / target.factor;
}

const PERIODS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** What `value × time` measures: W over hours is Wh, mm/h over hours is mm. Undefined where it has no name. */
export function integrated(
  value: number,
  unit: string,
  perMs: number,
): { readonly value: number; readonly unit: string } | undefined {
  const name = unitNamed(unit);
  const known = UNITS.get(name);
  if (known?.kind === 'power') return { value: (value * known.factor * perMs) / 3_600_000, unit: 'Wh' };
  const rate = name === 'mph' ? ['', 'mi', 'h'] : name === 'kn' ? undefined : /^(.+)\/(s|min|h|d)$/.exec(name);
  const [, amount, period] = rate ?? [];
  const periodMs = PERIODS[period ?? ''];
  return amount === undefined || periodMs === undefined
    ? undefined
    : { value: (value * perMs) / periodMs, unit: amount };
}
