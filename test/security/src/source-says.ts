import type { StatusReport } from '@dayfold/runtime';

export type SourceReport = StatusReport['sources'][number];

/** Who answers for a daemon. */
interface Asked {
  status(): Promise<StatusReport>;
}

/** For what never comes. */
const LONGEST_MS = 60_000;

/** What a running daemon says of a source. */
export async function sourceOf(daemon: Asked, name: string): Promise<SourceReport> {
  const { sources } = await daemon.status();
  const found = sources.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no source ${name}`);
  return found;
}

/** Asks until what it says of a source meets the condition; rejects after a while with what it said last. */
export async function sourceSays(
  daemon: Asked,
  name: string,
  meets: RegExp | ((report: SourceReport) => boolean),
): Promise<SourceReport> {
  for (const deadline = performance.now() + LONGEST_MS; ;) {
    const report = await sourceOf(daemon, name);
    if (meets instanceof RegExp ? meets.test(JSON.stringify(report)) : meets(report)) return report;
    if (performance.now() > deadline)
      throw new Error(`${name} does not come to say ${String(meets)}: ${JSON.stringify(report)}`);
  }
}
