// f64 twin of rotary position embeddings (Su et al., 2021) in the rotate-half form: entry i of a head turns together
// with entry i + half.

/** The angle that entry i of a head turns by. */
export function angle(position: number, i: number, headSize: number, base: number): number {
  return position * base ** ((-2 * i) / headSize);
}

/**
 * One head, turned to its position.
 * @param direction 1, or -1 to turn back (the gradient of a rotation is the rotation back)
 */
export function rotate(head: readonly number[], position: number, base: number, direction: 1 | -1 = 1): number[] {
  const half = head.length / 2;
  return head.map((value, i) => {
    const turn = direction * angle(position, i % half, head.length, base);
    return value * Math.cos(turn) + (i < half ? -head[i + half] : head[i - half]) * Math.sin(turn);
  });
}
