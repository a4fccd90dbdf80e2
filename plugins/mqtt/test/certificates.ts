import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** An authority made by openssl, and what it signs; files in a folder that goes with it. */
export class Authority implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'dayfold-tls-'));
  readonly #identity: Identity;

  constructor() {
    this.#identity = this.#request('authority', [
      '-x509',
      '-days',
      '2',
      '-addext',
      'basicConstraints=critical,CA:TRUE',
    ]);
  }

  get ca(): string {
    return this.#identity.cert;
  }

  /** For a broker of that name, or for a client. */
  sign(name: string): Identity {
    const { cert, key } = this.#identity;
    return this.#request(name, [
      '-x509',
      '-days',
      '2',
      '-CA',
      cert,
      '-CAkey',
      key,
      '-addext',
      `subjectAltName=DNS:${name}`,
    ]);
  }

  write(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  #request(name: string, more: readonly string[]): Identity {
    const files = { cert: join(this.#folder, `${name}.pem`), key: join(this.#folder, `${name}.key`) };
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`];
    execFileSync('openssl', ['req', ...made, ...more, '-keyout', files.key, '-out', files.cert], { stdio: 'ignore' });
    return files;
  }
}
