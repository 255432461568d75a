/** The system's key storage: Keychain, DPAPI, or a Linux secret service. */
import { safeStorage } from 'electron';
import type { SecretBox } from '../engine/store/index.ts';

/**
 * Seals the identity's secret with a key that the system keeps. Unavailable where the system has no key storage; on Linux
 * Chromium then offers `basic_text`, whose key is the same everywhere: that protects nothing, so it counts as none.
 */
export function systemSecretBox(): SecretBox {
  return {
    available: isAvailable(),
    // safeStorage seals text alone, so the bytes travel as base64.
    seal: (plain) => safeStorage.encryptString(plain.toString('base64')),
    open: (sealed) => Buffer.from(safeStorage.decryptString(sealed), 'base64'),
  };
}

function isAvailable(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false;
  if (process.platform !== 'linux') return true;
  const backend = safeStorage.getSelectedStorageBackend();
  return backend !== 'basic_text' && backend !== 'unknown';
}
