interface Unit {
  readonly kind: string;
  /** Times this gives the base unit of its kind; then plus `add`. */
  readonly factor: number;
  readonly add?: number;
}

const KINDS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  energy: { J: 1, kJ: 1000, MJ: 1e6, cal: 4.184, kcal: 4184, Cal: 4184, Wh: 3600, kWh: 3.6e6, MWh: 3.6e9 },
  power: { W: 1, kW: 1000, mW: 0.001 },
  mass: {
    kg: 1,
    g: 0.001,
    mg: 1e-6,
    µg: 1e-9,
    t: 1000,
    lb: 0.45359237,
    lbs: 0.45359237,
    oz: 0.028349523125,
    st: 6.35029318,
  },
  time: { min: 1, h: 60, s: 1 / 60, ms: 1 / 60_000, d: 1440, 'min from midnight': 1, 'min from midday': 1 },
  length: { m: 1, km: 1000, cm: 0.01, mm: 0.001, mi: 1609.344, ft: 0.3048, yd: 0.9144, in: 0.0254 },
  volume: {
    ml: 1,
    l: 1000,
    L: 1000,
    mL: 1,
    cl: 10,
    dl: 100,
    m3: 1e6,
    'm³': 1e6,
    'fl oz': 29.5735295625,
    gal: 3785.411784,
  },
  speed: { 'm/s': 1, 'km/h': 1 / 3.6, mph: 0.44704, kn: 1852 / 3600, kt: 1852 / 3600 },
  rate: { 'mm/h': 1, 'in/h': 25.4, 'cm/h': 10 },
  share: { fraction: 1, '%': 0.01, 'fraction 0.0-1.0': 1 },
  count: { count: 1, 'scale 1-9': 1, 'level 0-4': 1, bpm: 1 },
};
const UNITS = new Map<string, Unit>(
  Object.entries(KINDS).flatMap(([kind, units]) =>
    Object.entries(units).map(([name, factor]) => [name, { kind, factor }] as const),
  ),
);
UNITS.set('°C', { kind: 'temperature', factor: 1 });
UNITS.set('C', { kind: 'temperature', factor: 1 });
UNITS.set('K', { kind: 'temperature', factor: 1, add: -273.15 });
UNITS.set('°F', { kind: 'temperature', factor: 5 / 9, add: -160 / 9 });
UNITS.set('F', { kind: 'temperature', factor: 5 / 9, add: -160 / 9 });

/** A value in another unit; undefined where the two units do not measure the same thing. */
export function convert(value: number, from: string, to: string): number | undefined {
  if (from === to) return value;
  const [source, target] = [UNITS.get(from), UNITS.get(to)];
  if (source === undefined || target === undefined || source.kind !== target.kind) return undefined;
  return (value * source.factor + (source.add ?? 0) - (target.add ?? 0)) / target.factor;
}
