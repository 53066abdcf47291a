/** Text as it may stand in HTML and SVG, attributes included. */
export const escapeMarkup = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** `12.3 %` of a share. */
export const percentOf = (share: number): string => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '–');
