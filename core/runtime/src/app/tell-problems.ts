import { MOST_SERIES } from '../intake/series-bound.ts';
import type { OnFull } from '../intake/series-bound.ts';
import type { Store } from '../store/store.ts';
import type { DaemonParts } from './daemon-parts.ts';

/** Readings wait for the disk, or no longer do. */
export function tellStoring(error: unknown, { problems }: Store, { clock, log }: DaemonParts): void {
  const [code, subject] = ['store.waiting', 'journal'];
  const { message } = (error ?? {}) as { message?: string };
  if (message === undefined) log.info('readings can be stored again; those that waited are');
  else log.error(`readings cannot be stored: ${message}; they wait and are tried again`);
  const told =
    message === undefined
      ? problems.clear(code, subject)
      : problems.raise({
          code,
          subject,
          since: clock.now(),
          message: `readings cannot be stored: ${message}`,
          remedy: 'free space on the disk of the data folder or mend it; what waits is stored by itself then',
        });
  told.catch((failure: unknown) => log.error(`a problem cannot be stored: ${(failure as Error).message}`));
}

/** A source makes more series than are kept; at its next start it is seen anew whether it still does. */
export function tellSeries({ problems }: Store, { clock, log }: DaemonParts): OnFull {
  const code = 'source.too_many_series';
  let told = Promise.resolve();
  return (source, isFull) => {
    const message = `source ${source} has ${MOST_SERIES} series; what comes under further names is left out`;
    if (isFull) log.warn(message);
    const tell = async (): Promise<void> =>
      isFull
        ? await problems.raise({
            code,
            subject: source,
            since: clock.now(),
            message,
            remedy:
              'does a wildcard match topics with a time or a number in them? Name fewer; series that an attribute is made from are always taken. It is cleared at the next start',
          })
        : await problems.clear(code, source);
    told = told
      .then(tell)
      .catch((failure: unknown) => log.error(`a problem cannot be stored: ${(failure as Error).message}`));
  };
}
