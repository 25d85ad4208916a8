// Where a picture is cut: the arithmetic of src/tamizdat/pictures/crop.py, in whole numbers only.

export const WIDE = [16, 9];
export const CARD = [40, 21];
const SMALLEST_CARD = 600;

const start = (side, part, focus) => Math.min(Math.max(Math.floor((2 * side * focus - 1000 * part) / 2000), 0), side - part);

export function crop(width, height, [x, y], [across, down]) {
  const steps = Math.min(Math.floor(width / across), Math.floor(height / down));
  if (!steps) return null;
  const [boxWidth, boxHeight] = [steps * across, steps * down];
  return [start(width, boxWidth, x), start(height, boxHeight, y), boxWidth, boxHeight];
}

export const leadCut = (width, height, focus) => crop(width, height, focus, WIDE) || [0, 0, width, height];

export function cardCut(width, height, focus) {
  const part = crop(width, height, focus, CARD);
  return part && part[2] >= SMALLEST_CARD ? part : null;
}

/** A point in pixels as stories carry it, in thousandths from the top left. */
export function focusOf(width, height, point) {
  if (!point) return [500, 500];
  return [Math.floor((point[0] * 1000) / width), Math.floor((point[1] * 1000) / height)].map((part) => Math.min(Math.max(part, 0), 1000));
}
