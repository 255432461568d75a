/**
 * What HPKE (RFC 9180) is made of, for the library's own construction of it, on node:crypto's synchronous calls: X25519,
 * HKDF-SHA256, AES-128-GCM. The library's default is WebCrypto, whose every step is a trip to a worker thread: about twenty an
 * envelope, each of which waits its turn on a machine that is busy with a call's beginning: tens of milliseconds in all. Sealing an
 * invitation takes 1 ms here, opening it 0.5 ms.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';
import {
  type AeadEncryptionContext,
  AeadId,
  type AeadInterface,
  Dhkem,
  type DhkemPrimitives,
  HkdfSha256Native,
  KemId,
  XCryptoKey,
} from '@hpke/common';

type Bytes = ArrayBufferLike | ArrayBufferView;
type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;
type JsonWebKey = webcrypto.JsonWebKey;

/** RFC 7748 §5: private and public keys and their agreement, bytes. */
const X25519_BYTES = 32;
/** RFC 8410 §7 and §4: what stands before the 32 bytes of an X25519 private key in PKCS #8, and of a public one in SPKI. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI_HEAD = Buffer.from('302a300506032b656e032100', 'hex');
/** RFC 5869 §2.2: without a salt it is as many zeros as the hash has bytes. */
const NO_SALT = Buffer.alloc(32);
/** RFC 9180 §7.3: key, nonce and tag of AES-128-GCM, bytes. */
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function bytesOf(input: Bytes): Buffer {
  return ArrayBuffer.isView(input)
    ? Buffer.from(input.buffer, input.byteOffset, input.byteLength)
    : Buffer.from(input);
}

/** A buffer of its own: what the library is given it may keep and clear. */
function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}

class X25519Key extends XCryptoKey {
  readonly object: KeyObject;

  constructor(raw: Uint8Array, type: 'public' | 'private') {
    super('X25519', raw, type, type === 'private' ? ['deriveBits'] : []);
    const [head, format] =
      type === 'private' ? ([PKCS8_HEAD, 'pkcs8'] as const) : ([SPKI_HEAD, 'spki'] as const);
    const der = Buffer.concat([head, raw]);
    this.object =
      format === 'pkcs8'
        ? createPrivateKey({ key: der, format: 'der', type: format })
        : createPublicKey({ key: der, format: 'der', type: format });
  }
}

function keyOf(key: CryptoKey): X25519Key {
  if (key instanceof X25519Key) return key;
  throw new TypeError('a key of another library');
}

class X25519 implements DhkemPrimitives {
  async serializePublicKey(key: CryptoKey): Promise<ArrayBuffer> {
    return arrayBufferOf(keyOf(key).key);
  }

  async deserializePublicKey(raw: Bytes): Promise<CryptoKey> {
    return this.#key(raw, 'public');
  }

  async serializePrivateKey(key: CryptoKey): Promise<ArrayBuffer> {
    return arrayBufferOf(keyOf(key).key);
  }

  async deserializePrivateKey(raw: Bytes): Promise<CryptoKey> {
    return this.#key(raw, 'private');
  }

  async importKey(
    format: 'raw' | 'jwk',
    key: ArrayBuffer | JsonWebKey,
    isPublic: boolean,
  ): Promise<CryptoKey> {
    if (format !== 'raw' || !(key instanceof ArrayBuffer)) throw new TypeError('raw keys only');
    return this.#key(key, isPublic ? 'public' : 'private');
  }

  async generateKeyPair(): Promise<CryptoKeyPair> {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    return {
      privateKey: new X25519Key(tail(privateKey.export({ format: 'der', type: 'pkcs8' })), 'private'),
      publicKey: new X25519Key(tail(publicKey.export({ format: 'der', type: 'spki' })), 'public'),
    };
  }

  /** RFC 9180 §7.1.3 makes a key pair of given randomness, which an envelope never does. */
  deriveKeyPair(): Promise<CryptoKeyPair> {
    return Promise.reject(new TypeError('key pairs are not derived'));
  }

  async derivePublicKey(key: CryptoKey): Promise<CryptoKey> {
    const der = createPublicKey(keyOf(key).object).export({ format: 'der', type: 'spki' });
    return new X25519Key(tail(der), 'public');
  }

  /** RFC 9180 §7.1.4: an agreement of zeros is refused, which node:crypto does by itself. */
  async dh(secret: CryptoKey, theirs: CryptoKey): Promise<ArrayBuffer> {
    return arrayBufferOf(
      diffieHellman({ privateKey: keyOf(secret).object, publicKey: keyOf(theirs).object }),
    );
  }

  #key(raw: Bytes, type: 'public' | 'private'): X25519Key {
    const bytes = bytesOf(raw);
    if (bytes.length !== X25519_BYTES) throw new TypeError('an X25519 key has 32 bytes');
    return new X25519Key(new Uint8Array(bytes), type);
  }
}

function tail(der: Buffer): Uint8Array {
  return new Uint8Array(der.subarray(-X25519_BYTES));
}

/** HKDF-SHA256 (RFC 5869); the labels of RFC 9180 §4 are the library's. */
export class HkdfSha256 extends HkdfSha256Native {
  override async extract(salt: Bytes, material: Bytes): Promise<ArrayBuffer> {
    const given = bytesOf(salt);
    const key = given.length === 0 ? NO_SALT : given;
    return arrayBufferOf(createHmac('sha256', key).update(bytesOf(material)).digest());
  }

  override async expand(key: Bytes, info: Bytes, length: number): Promise<ArrayBuffer> {
    const prk = bytesOf(key);
    const blocks: Buffer[] = [];
    let previous = Buffer.alloc(0);
    for (let have = 0; have < length; have += previous.length) {
      previous = createHmac('sha256', prk)
        .update(previous)
        .update(bytesOf(info))
        .update(Buffer.of(blocks.length + 1))
        .digest();
      blocks.push(previous);
    }
    return arrayBufferOf(Buffer.concat(blocks).subarray(0, length));
  }

  override async extractAndExpand(
    salt: Bytes,
    material: Bytes,
    info: Bytes,
    length: number,
  ): Promise<ArrayBuffer> {
    return hkdfSync('sha256', bytesOf(material), bytesOf(salt), bytesOf(info), length);
  }
}

class Aes128GcmContext implements AeadEncryptionContext {
  readonly #key: Buffer;

  constructor(key: Bytes) {
    this.#key = Buffer.from(bytesOf(key));
  }

  async seal(nonce: Bytes, data: Bytes, associated: Bytes): Promise<ArrayBuffer> {
    const cipher = createCipheriv('aes-128-gcm', this.#key, bytesOf(nonce));
    cipher.setAAD(bytesOf(associated));
    return arrayBufferOf(Buffer.concat([cipher.update(bytesOf(data)), cipher.final(), cipher.getAuthTag()]));
  }

  /** @throws Error when the tag is wrong */
  async open(nonce: Bytes, data: Bytes, associated: Bytes): Promise<ArrayBuffer> {
    const sealed = bytesOf(data);
    if (sealed.length < TAG_BYTES) throw new Error('too short for a tag');
    const decipher = createDecipheriv('aes-128-gcm', this.#key, bytesOf(nonce), { authTagLength: TAG_BYTES });
    decipher.setAAD(bytesOf(associated));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return arrayBufferOf(Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]));
  }
}

export class Aes128Gcm implements AeadInterface {
  readonly id = AeadId.Aes128Gcm;
  readonly keySize = KEY_BYTES;
  readonly nonceSize = NONCE_BYTES;
  readonly tagSize = TAG_BYTES;

  createEncryptionContext(key: Bytes): AeadEncryptionContext {
    return new Aes128GcmContext(key);
  }
}

/** DHKEM(X25519, HKDF-SHA256), RFC 9180 §4.1; the construction is the library's. */
export class DhkemX25519HkdfSha256 extends Dhkem {
  override readonly id = KemId.DhkemX25519HkdfSha256;
  override readonly secretSize = 32;
  override readonly encSize = X25519_BYTES;
  override readonly publicKeySize = X25519_BYTES;
  override readonly privateKeySize = X25519_BYTES;

  constructor() {
    super(KemId.DhkemX25519HkdfSha256, new X25519(), new HkdfSha256());
  }
}
