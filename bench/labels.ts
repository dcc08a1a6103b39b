// Where the names of points go in a crowded chart: next to their point if there is room, else further out with a line
// to it.

export interface LabelledPoint {
  /** Pixels, y down. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface PlacedLabel {
  /** Centre of the text, pixels. */
  readonly x: number;
  readonly y: number;
  /** Too far from its point to be understood without a line. */
  readonly led: boolean;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Width of a character at 11 pixels in a wide sans-serif: a narrower one leaves more room. */
const CHARACTER = 6.5;
const LINE = 13;
const POINT_RADIUS = 5;
/** Distances from the point at which a place is tried, and how many directions. */
const RINGS = [0, 12, 26, 42, 60, 80, 104];
const DIRECTIONS = 16;

/**
 * Greedy, in the order given: the nearest place that covers neither a point nor an earlier label; where all places
 * cover something, the one that covers least.
 * @param obstacles other places to keep free, for example along a line
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  width: number,
  height: number,
  obstacles: readonly { readonly x: number; readonly y: number }[] = [],
): PlacedLabel[] {
  const around =
    (radius: number) =>
    ({ x, y }: { readonly x: number; readonly y: number }): Box => ({
      left: x - radius,
      right: x + radius,
      top: y - radius,
      bottom: y + radius,
    });
  const taken: Box[] = [...points.map(around(POINT_RADIUS)), ...obstacles.map(around(1))];
  return points.map((point) => {
    let best = candidates(point)[0],
      least = Infinity;
    for (const place of candidates(point)) {
      const box = boxOf(place, point.text);
      const outside = box.left < 0 || box.right > width || box.top < 0 || box.bottom > height;
      const covered = taken.reduce((sum, other) => sum + overlap(box, other), 0) + (outside ? 1e6 : 0);
      if (covered < least) [best, least] = [place, covered];
      if (least === 0) break;
    }
    taken.push(boxOf(best, point.text));
    return best;
  });
}

/** Right first, then around, ring by ring. */
function candidates({ x, y, text }: LabelledPoint): PlacedLabel[] {
  const half = (CHARACTER * text.length) / 2;
  return RINGS.flatMap((ring, r) =>
    Array.from({ length: DIRECTIONS }, (_, i): PlacedLabel => {
      const angle = ((i % 2 === 0 ? i / 2 : DIRECTIONS - (i + 1) / 2) * 2 * Math.PI) / DIRECTIONS;
      const [across, down] = [Math.cos(angle), Math.sin(angle)];
      return {
        x: x + across * (half + POINT_RADIUS + 4 + ring),
        y: y + down * (LINE / 2 + POINT_RADIUS + 3 + ring),
        led: r > 0,
      };
    }),
  );
}

function boxOf({ x, y }: PlacedLabel, text: string): Box {
  const half = (CHARACTER * text.length) / 2 + 1;
  return { left: x - half, right: x + half, top: y - LINE / 2, bottom: y + LINE / 2 };
}

/** Square pixels. */
function overlap(a: Box, b: Box): number {
  return (
    Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
    Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top))
  );
}
