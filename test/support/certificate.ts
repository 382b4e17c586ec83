import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate for `localhost` that has signed itself, and its key: as texts, and as files of a folder that goes with it. */
export class Certificate {
  readonly keyFile: string;
  readonly certFile: string;
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'cometkit-cert-'));
    this.keyFile = join(this.#folder, 'key.pem');
    this.certFile = join(this.#folder, 'cert.pem');
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const named = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', [...made, ...named, '-keyout', this.keyFile, '-out', this.certFile], {
      stdio: 'ignore',
    });
  }

  get key(): string {
    return readFileSync(this.keyFile, 'utf8');
  }

  get cert(): string {
    return readFileSync(this.certFile, 'utf8');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
