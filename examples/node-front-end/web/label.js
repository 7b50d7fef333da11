// What the page says of a number of words.
export function label(number) {
  return number === 1 ? "1 word" : `${number} words`;
}
