import type { SourceConfiguration, SourceHost } from '@dayfold/runtime';
import type { Sample } from '@dayfold/sdk';

/** Longest time for one source. */
const PROBE_MS = 15_000;

export interface Probed {
  readonly source: string;
  readonly samples: readonly Sample[];
  /** One line. */
  readonly error?: string;
}

/** Reaches every enabled source at the same time. What goes wrong with one is told at that one. */
export async function probeSources(
  sources: readonly SourceConfiguration[],
  host: Pick<SourceHost, 'build'>,
): Promise<readonly Probed[]> {
  return await Promise.all(
    sources
      .filter(({ enabled }) => enabled)
      .map(async (source): Promise<Probed> => {
        const signal = AbortSignal.timeout(PROBE_MS);
        try {
          const { source: built } = await host.build(source, signal);
          return { source: source.name, samples: (await built.probe?.(signal)) ?? [] };
        } catch (error) {
          return { source: source.name, samples: [], error: oneLine(error) };
        }
      }),
  );
}

/** A plugin may throw anything. */
function oneLine(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(error);
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim();
}
