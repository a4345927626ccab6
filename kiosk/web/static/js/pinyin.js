// Pinyin in, characters out. Letters wait in a buffer and never stand in the field themselves.

import chinese from "../vendor/simple-keyboard-layouts/chinese.js";

const TABLE = Object.fromEntries(
  Object.entries(chinese.layoutCandidates).map(([syllable, characters]) => [syllable, characters.split(" ")]),
);
const SYLLABLES = Object.keys(TABLE);
const LONGEST = Math.max(...SYLLABLES.map((syllable) => syllable.length));
const BUFFER_MAX = 24;

/** The first letters of the readings of `character`, in capitals; none when it is not in the table. */
export function lettersOf(character) {
  const found = SYLLABLES.filter((syllable) => TABLE[syllable].includes(character));
  return [...new Set(found.map((syllable) => syllable[0].toUpperCase()))];
}

export class Composer {
  buffer = "";

  push(letter) {
    if (this.buffer.length < BUFFER_MAX) this.buffer += letter;
  }

  pop() {
    this.buffer = this.buffer.slice(0, -1);
  }

  clear() {
    this.buffer = "";
  }

  /** [{text, uses}]: what may be chosen, and how many letters of the buffer that uses up. */
  get candidates() {
    const found = [];
    for (let length = Math.min(LONGEST, this.buffer.length); length > 0; length -= 1) {
      for (const text of TABLE[this.buffer.slice(0, length)] ?? []) found.push({ text, uses: length });
    }
    if (this.buffer && !TABLE[this.buffer]) {
      // Not a whole syllable yet ("zh", "tia"): the commonest characters of what it may become.
      const begun = SYLLABLES.filter((syllable) => syllable.startsWith(this.buffer));
      const guesses = begun.flatMap((syllable) => TABLE[syllable].slice(0, 3));
      found.unshift(...[...new Set(guesses)].map((text) => ({ text, uses: this.buffer.length })));
    }
    return found;
  }

  /** Takes `candidate`: its letters leave the buffer, its character is returned. */
  choose(candidate) {
    this.buffer = this.buffer.slice(candidate.uses);
    return candidate.text;
  }
}
