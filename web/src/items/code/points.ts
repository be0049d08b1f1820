/** Places in a text: a browser counts UTF-16 units, Python counts characters. */

export function charactersBefore(text: string, place: number): number {
  return [...text.slice(0, place)].length;
}

export function placeOf(text: string, characters: number): number {
  let place = 0;
  let left = characters;
  for (const character of text) {
    if (left <= 0) break;
    place += character.length;
    left -= 1;
  }
  return place;
}
