import type { Configuration, PluginCatalog } from '@dayfold/runtime';
import type { Logger } from '@dayfold/sdk';
import { SourcesApart } from '../sources-apart.ts';
import { fail, ok } from './finding.ts';
import type { Finding } from './finding.ts';

const PROBE_MS = 15_000;

/** Reaches every source over a connection of its own, all at once; a plugin that hangs is left behind. */
export async function sourceFindings(
  configuration: Configuration,
  catalog: PluginCatalog,
  log: Logger,
  probeMs = PROBE_MS,
): Promise<readonly Finding[]> {
  await using apart = await SourcesApart.open({ ...configuration, sources: [] }, catalog, log);
  return await Promise.all(
    configuration.sources.map(async (source) => {
      const check = `source ${source.name}`;
      if (!source.enabled) return ok(check, 'is disabled');
      const limit = new AbortController();
      const late = new Promise<never>((_resolve, reject) => {
        const timer = setTimeout(() => {
          limit.abort();
          reject(new Error(`did not answer within ${probeMs / 1000} s`));
        }, probeMs);
        limit.signal.addEventListener('abort', () => clearTimeout(timer));
      });
      try {
        const built = await apart.build(source, limit.signal);
        if (built.probe === undefined) return ok(check, 'waits for others to send; there is nothing to reach');
        const samples = await Promise.race([built.probe(limit.signal), late]);
        return ok(
          check,
          samples.length === 0 ? 'reached; no sample came meanwhile' : `reached, ${samples.length} samples`,
        );
      } catch (error) {
        return fail(check, (error as Error).message, 'check address and login, and that the other side runs');
      } finally {
        limit.abort();
      }
    }),
  );
}
