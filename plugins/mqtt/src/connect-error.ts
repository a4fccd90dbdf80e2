import { LoginRequired, NotReady } from '@dayfold/sdk';
import { nameOf } from './transport.ts';
import type { Address } from './transport.ts';

/** Not authorised: MQTT 3.1.1 section 3.2.2.3 and MQTT 5 section 3.2.2.2. */
const LOGIN_CODES = new Set([4, 5, 134, 135]);
/** The broker does not speak this version. */
const VERSION_CODES = new Set([1, 132]);
/** The broker wants a certificate that it does not get, or does not accept the one it gets. */
const REFUSED_CERTIFICATE =
  /^ERR_SSL_(?:TLSV13_ALERT_CERTIFICATE_REQUIRED|(?:TLSV1|TLSV13|SSLV3|SSL\/TLS)_ALERT_(?:UNKNOWN_CA|HANDSHAKE_FAILURE|BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED))$/;

export function isLoginCode(code: number): boolean {
  return LOGIN_CODES.has(code);
}

export function isVersionCode(code: number): boolean {
  return VERSION_CODES.has(code);
}

/** What a person should read when no connection came about: `code` is that of CONNACK, `cause` the socket's error. */
export function connectError(address: Address, code: number | undefined, cause: unknown): LoginRequired | NotReady {
  const where = `broker at ${nameOf(address)}`;
  if (code !== undefined && isLoginCode(code)) return new LoginRequired(`${where} refuses user or password`);
  if (code !== undefined && code !== 0) return new NotReady(`${where} refuses the client (reason ${code})`);
  const { code: reason, message } = (cause ?? {}) as { code?: string; message?: string };
  if (reason !== undefined && REFUSED_CERTIFICATE.test(reason))
    return new LoginRequired(
      `${where} lets in only clients with a certificate that it knows: set tls.cert and tls.key to the files of one`,
      { cause },
    );
  return new NotReady(`${where}${saidOf(reason, message, address)}`, { cause });
}

function saidOf(reason: string | undefined, message: string | undefined, { protocol, host }: Address): string {
  switch (reason) {
    case 'ECONNREFUSED':
      return ' refused the connection';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ': the name is not known';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
      return ' cannot be reached';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return ' shows a certificate of an authority that is not known: set tls.ca to the file of the authority that signed it';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return ` shows a certificate for another name than ${host}: put the name in the certificate into url`;
    case 'CERT_HAS_EXPIRED':
      return ' shows a certificate that has expired: renew it, or set the clock of this machine';
    case 'CERT_NOT_YET_VALID':
      return ' shows a certificate that is not valid yet: set the clock of this machine';
    case 'ECONNRESET':
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return ` closed the connection at once: ${otherProtocol(protocol)}`;
    default:
      return message === undefined
        ? ` closed the connection without an answer: ${otherProtocol(protocol)}`
        : `: ${message}`;
  }
}

function otherProtocol(protocol: Address['protocol']): string {
  return protocol === 'mqtts' || protocol === 'wss'
    ? `the port may be one without TLS, as for ${protocol.slice(0, -1)}://`
    : `the port may be one for ${protocol}s://`;
}
