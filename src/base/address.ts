// Addresses of engines as people may see them: an address that is refused is printed, too.

/** An address without its password, wherever the password stands and whatever characters it has. */
export function withoutPassword(address: string): string {
  return address
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:?]*):.*@/is, '$1:...@')
    .replace(/([?&]password=)[^&]*/gi, '$1...');
}
