import { Secret } from '@dayfold/runtime';
import type { Token } from '@dayfold/runtime';

/** A token as its row holds it: the fields that are undefined are left out, and here alone its secrets are text. */
type TokenDocument = Omit<Partial<Token>, 'accessToken' | 'refreshToken'> &
  Pick<Token, 'account' | 'scopes' | 'dead' | 'connectedAt'> & {
    readonly accessToken: string;
    readonly refreshToken?: string | undefined;
  };

export function documentOf(token: Token): string {
  const document: TokenDocument = {
    ...token,
    accessToken: token.accessToken.reveal(),
    refreshToken: token.refreshToken?.reveal(),
  };
  return JSON.stringify(document);
}

export function tokenOf(text: string): Token {
  const { accessToken, refreshToken, ...rest } = JSON.parse(text) as TokenDocument;
  return {
    expiresAt: undefined,
    refreshIntentAt: undefined,
    username: undefined,
    timezone: undefined,
    ...rest,
    accessToken: new Secret(accessToken),
    refreshToken: refreshToken === undefined ? undefined : new Secret(refreshToken),
  };
}
