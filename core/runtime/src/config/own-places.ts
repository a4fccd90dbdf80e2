import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import type { Finding } from './issues.ts';
import { pathsOfReadings } from './source-paths.ts';

/** Paths of readings that name the data folder or what lies directly in it: logins are there, and no source reads them. */
export async function withinDataFolder(
  schema: z.ZodType,
  options: unknown,
  at: readonly string[],
  data: string,
): Promise<readonly Finding[]> {
  const folder = await realOf(data);
  const all = await Promise.all(
    pathsOfReadings(schema, options).map(async (found): Promise<readonly Finding[]> => {
      const real = await realOf(found.path);
      // A pattern has no path without links of its own.
      const around = [dirname(real), await realOf(dirname(found.path))];
      if (real !== folder && !around.includes(folder)) return [];
      const message = `leads into the data folder of dayfold (${data}), which keeps logins there and is not read; name another, or another data folder with --data`;
      return [{ path: [...at, ...found.at], message }];
    }),
  );
  return all.flat();
}

async function realOf(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}
