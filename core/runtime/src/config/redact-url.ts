import { soundsSecret } from './secret-names.ts';

export const HIDDEN = '•••';

const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi;
const PARAMETER = /([?&;])([^\s=&;#?]+)=([^\s&;#]*)/g;
const WHEREABOUTS = /^(?:lat|latitude|lon|lng|long|longitude|location|coordinates?|coords|address|postcode|zip|city)$/i;

/** Addresses inside a text without user, password and parameters whose name gives a secret away. */
export function withoutCredentials(text: string): string {
  return text
    .replaceAll(USER_INFO, `$1${HIDDEN}@`)
    .replaceAll(PARAMETER, (whole, mark: string, name: string) =>
      soundsSecret(decoded(name)) ? `${mark}${name}=${HIDDEN}` : whole,
    );
}

/** What `withoutCredentials` takes out, as written and decoded: to be looked for elsewhere. */
export function credentialsIn(text: string): readonly string[] {
  const users = [...text.matchAll(USER_INFO)].flatMap(([whole, scheme]) =>
    whole.slice(scheme?.length, -1).split(':', 2).slice(1),
  );
  const values = [...text.matchAll(PARAMETER)].flatMap(([, , name, value]) =>
    soundsSecret(decoded(name ?? '')) && value !== undefined ? [value] : [],
  );
  return [...users, ...values].flatMap((each) => [each, decoded(each)]);
}

/** Addresses inside a text without the parameters that say where somebody lives. */
export function withoutWhereabouts(text: string): string {
  return text.replaceAll(PARAMETER, (whole, mark: string, name: string) =>
    tellsWhereabouts(decoded(name)) ? `${mark}${name}=${HIDDEN}` : whole,
  );
}

export function tellsWhereabouts(name: string): boolean {
  return WHEREABOUTS.test(name);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
