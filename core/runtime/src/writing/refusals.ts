type Coded = { readonly code: string };

/** The attribute belongs to another service, or is not there: to be taken back once, the value is not at fault. */
export function isNotOurs({ code }: Coded): boolean {
  return code === 'unauthorised' || code === 'not_found';
}

/** A scope is missing; until the next login. */
export function isNotAllowed({ code }: Coded): boolean {
  return code === 'not_allowed';
}

/** The value itself is at fault: another may be sent, this one never again. Codes that nobody has documented too. */
export function isForGood(refusal: Coded): boolean {
  return !isNotAllowed(refusal) && !isNotOurs(refusal);
}
