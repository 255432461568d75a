/** The identity's secret on disk: sealed by the system's key store where there is one, else a file only its owner reads. */
import { z } from 'zod';
import type { Notice } from '../../../shared/app.ts';
import type { Document } from './document.ts';
import { StoreUnreadableError } from './errors.ts';

/** The system's own protection of secrets; the desktop host gives Electron's safeStorage. */
export interface SecretBox {
  readonly available: boolean;
  seal(plain: Buffer): Buffer;
  /** @throws for bytes it did not seal */
  open(sealed: Buffer): Buffer;
}

const Bytes = z.string().regex(/^[A-Za-z0-9_-]+$/);

export class StoredSecret {
  readonly #document: Document;
  readonly #secretBox: SecretBox | undefined;
  readonly #onNotice: (notice: Notice) => void;

  constructor(document: Document, secretBox: SecretBox | undefined, onNotice: (notice: Notice) => void) {
    this.#document = document;
    this.#secretBox = secretBox?.available === true ? secretBox : undefined;
    this.#onNotice = onNotice;
  }

  /**
   * The secret, or `null` before the first start. One that lay open is sealed as soon as that is possible.
   * @throws StoreUnreadableError when it is there and cannot be had; it is never replaced
   */
  load(): Buffer | null {
    const sealed = this.#document.get('sealed');
    if (sealed !== undefined) return this.#open(sealed);
    const stored = this.#document.get('secret');
    if (stored === undefined && !this.#document.existed) return null;
    const plain = Bytes.safeParse(stored);
    if (!plain.success) {
      throw new StoreUnreadableError(this.#document.file, 'the secret key in it is missing or damaged');
    }
    const secret = Buffer.from(plain.data, 'base64url');
    if (this.#secretBox === undefined) this.#noticeUnprotected();
    else this.save(secret);
    return secret;
  }

  /** @throws StoreUnwritableError */
  save(secret: Buffer): void {
    if (this.#secretBox === undefined) {
      this.#document.update({ secret: secret.toString('base64url'), sealed: undefined });
      this.#noticeUnprotected();
      return;
    }
    const sealed = this.#secretBox.seal(secret).toString('base64url');
    this.#document.update({ sealed, secret: undefined });
  }

  #open(sealed: unknown): Buffer {
    const bytes = Bytes.safeParse(sealed);
    if (!bytes.success)
      throw new StoreUnreadableError(this.#document.file, 'the sealed secret key in it is damaged');
    if (this.#secretBox === undefined) {
      throw new StoreUnreadableError(
        this.#document.file,
        "the secret key in it is sealed by this machine's key store, which cannot be reached now",
      );
    }
    try {
      return this.#secretBox.open(Buffer.from(bytes.data, 'base64url'));
    } catch (error) {
      throw new StoreUnreadableError(
        this.#document.file,
        "this machine's key store does not open the secret key in it",
        {
          cause: error,
        },
      );
    }
  }

  #noticeUnprotected(): void {
    this.#onNotice({ code: 'secret-unprotected', detail: this.#document.file });
  }
}
