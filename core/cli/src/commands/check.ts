import { formatMistakes } from '@dayfold/runtime';
import type { Configuration, Mistake, PluginCatalog } from '@dayfold/runtime';
import { openMemoryStore } from '@dayfold/store-sqlite';
import process from 'node:process';
import { assemble, configFile, dataFolder, loadedFrom, pluginCatalog } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { createLog } from '../log.ts';
import { print, printError, printJson, styled } from '../output.ts';
import { probeSources } from '../probe-sources.ts';
import type { Probed } from '../probe-sources.ts';
import { withProgress } from '../progress.ts';

const WRONG_USE = 2;

/** Validates the configuration; with `connect`, asks each source for samples too. Neither touches the data folder. */
export async function check(options: CommonOptions & { connect?: boolean }): Promise<void> {
  const file = configFile(options);
  const catalog = await pluginCatalog(file);
  const loaded = await loadedFrom(file, catalog, dataFolder(options));
  if (!loaded.ok) {
    showMistakes(file, loaded.mistakes, options);
    return;
  }
  const { configuration, warnings } = loaded;
  const probes = options.connect === true ? await probed(options, configuration, catalog) : [];
  if (options.json === true) {
    const { sources, attributes } = configuration;
    printJson({ valid: true, file, warnings, sources: sources.length, attributes: attributes.length, probes });
  } else {
    showValid(file, configuration, warnings);
    probes.forEach(showProbe);
  }
  if (probes.some(({ error }) => error !== undefined)) process.exitCode = 1;
}

async function probed(
  options: CommonOptions,
  configuration: Configuration,
  catalog: PluginCatalog,
): Promise<readonly Probed[]> {
  using log = createLog({ json: false, level: 'error' });
  // The data folder may belong to a running daemon.
  await using assembled = await assemble(options, configuration, catalog, log, { store: openMemoryStore() });
  return await withProgress('reaching the sources', () => probeSources(configuration.sources, assembled.daemon.host));
}

function showMistakes(file: string, mistakes: readonly Mistake[], options: CommonOptions): void {
  if (options.json === true) printJson({ valid: false, file, mistakes });
  else printError({ message: formatMistakes(mistakes), code: 'config.invalid' }, false);
  process.exitCode = WRONG_USE;
}

function showValid(file: string, { sources, attributes }: Configuration, warnings: readonly Mistake[]): void {
  print(styled('green', `${file} is valid: ${sources.length} sources, ${attributes.length} attributes.`));
  for (const warning of warnings) print(styled('yellow', `! ${formatMistakes([warning])}`));
}

function showProbe({ source, samples, error }: Probed): void {
  print(error === undefined ? `${source}: reached, ${samples.length} samples` : styled('red', `${source}: ${error}`));
  for (const sample of samples) print(`  ${JSON.stringify(sample)}`);
}
