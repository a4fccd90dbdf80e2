/** Why a certificate is not trusted, by the code of Node's error; then nothing was sent. Undefined for anything else. */
export function distrustOf(code: string): string | undefined {
  const reason = REASONS.get(code);
  return reason === undefined ? undefined : `Exist's certificate is not trusted: ${reason} (${code}); nothing was sent`;
}

const CLOCK = 'check the clock of this host';
const BETWEEN = 'something between here and Exist may read along, or its certificates are missing on this host';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', `it has expired; ${CLOCK}`],
  ['CERT_NOT_YET_VALID', `it is not valid yet; ${CLOCK}`],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', `it is self-signed; ${BETWEEN}`],
  ['SELF_SIGNED_CERT_IN_CHAIN', `its chain ends in a self-signed one; ${BETWEEN}`],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', `its issuer is not known; ${BETWEEN}`],
  ['UNABLE_TO_GET_ISSUER_CERT', `its issuer is not known; ${BETWEEN}`],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', `its issuer is not known; ${BETWEEN}`],
  ['CERT_REVOKED', 'it was revoked'],
  ['CERT_UNTRUSTED', `its issuer is not trusted; ${BETWEEN}`],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it is for another host; check exist.url and the name server'],
]);
