import { NotReady } from '@dayfold/sdk';
import { compileExpression } from '@dayfold/sdk/picking';
import type { HttpOptions } from './options.ts';

/** What the pages so far tell about where to go on. */
export interface Page {
  readonly url: string;
  readonly document: unknown;
  readonly items: number;
  /** The body was the very same as that of the page before: the server knows no pages. */
  readonly isRepeated: boolean;
  /** How many pages were read. */
  readonly count: number;
}

export interface Pages {
  readonly first: string;
  next(page: Page): Promise<string | undefined>;
}

/** Follows links or counts pages, at most as many as allowed and never to another origin: credentials stay where they belong. */
export function pagesOf({ url, paging }: HttpOptions): Pages {
  if (paging === undefined) return { first: url, next: () => Promise.resolve(undefined) };
  if ('next' in paging) {
    const link = compileExpression(paging.next);
    return {
      first: url,
      async next(page) {
        const found = await link.evaluate(page.document);
        if (typeof found !== 'string' || found === '' || page.isRepeated || page.count >= paging.most) return undefined;
        if (!URL.canParse(found, page.url)) throw new NotReady(`the link to the next page is no URL`);
        const next = new URL(found, page.url);
        if (next.origin !== new URL(url).origin)
          throw new NotReady(`the link to the next page leads to another host: ${next.host}`);
        return next.href === page.url ? undefined : next.href;
      },
    };
  }
  const numbered = (index: number): string => {
    const target = new URL(url);
    target.searchParams.set(paging.page, String(paging.from + index * paging.step));
    return target.href;
  };
  return {
    first: numbered(0),
    next: ({ items, isRepeated, count }) =>
      Promise.resolve(items === 0 || isRepeated || count >= paging.most ? undefined : numbered(count)),
  };
}
