import { configurationJsonSchema } from '@dayfold/runtime';
import { assemble, bundledPlugins, configFile, pluginCatalog, readConfiguration } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { createLog } from '../log.ts';
import { print, printJson, styled } from '../output.ts';

const PROBE_MS = 15_000;

/** Validates the configuration; with `connect`, asks each source for samples too. */
export async function check(options: CommonOptions & { connect?: boolean }): Promise<void> {
  const file = configFile(options);
  const catalog = await pluginCatalog(file);
  const { configuration, warnings } = await readConfiguration(file, catalog);
  const found: { source: string; samples: readonly unknown[]; error?: string }[] = [];
  if (options.connect === true) {
    const log = createLog({ json: false, level: 'error', now: Date.now });
    await using assembled = await assemble(options, configuration, catalog, log);
    for (const source of configuration.sources.filter(({ enabled }) => enabled)) {
      const signal = AbortSignal.timeout(PROBE_MS);
      try {
        const { source: built } = await assembled.daemon.host.build(source, signal);
        found.push({ source: source.name, samples: (await built.probe?.(signal)) ?? [] });
      } catch (error) {
        found.push({ source: source.name, samples: [], error: (error as Error).message });
      }
    }
  }
  if (options.json === true)
    printJson({
      valid: true,
      file,
      warnings,
      sources: configuration.sources.length,
      attributes: configuration.attributes.length,
      probes: found,
    });
  else {
    print(
      styled(
        'green',
        `${file} is valid: ${configuration.sources.length} sources, ${configuration.attributes.length} attributes.`,
      ),
    );
    for (const warning of warnings) print(styled('yellow', `! ${warning}`));
    for (const { source, samples, error } of found) {
      print(
        error === undefined ? `${source}: reached, ${samples.length} samples` : styled('red', `${source}: ${error}`),
      );
      for (const sample of samples) print(`  ${JSON.stringify(sample)}`);
    }
  }
  if (found.some(({ error }) => error !== undefined)) process.exitCode = 1;
}

/** The JSON Schema of dayfold.yaml, the bundled plugins' parts in it. */
export async function schema(): Promise<void> {
  const plugins = new Map([...(await bundledPlugins())].map(([name, plugin]) => [name, plugin.config]));
  printJson(configurationJsonSchema(plugins));
}
