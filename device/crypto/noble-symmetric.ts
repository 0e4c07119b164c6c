/** The one cipher: ChaCha20-Poly1305 (RFC 8439). */
export { chacha20poly1305 } from "@noble/ciphers/chacha.js";
