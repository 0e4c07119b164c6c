/**
 * PATHPATTERN (specification section 4.5): `*` any characters and `?` one, but never "/". Brackets
 * mean themselves, so a pattern that another client reads as a class covers less here, not more.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  const patterns = pattern.split("/");
  const parts = path.split("/");
  return (
    patterns.length === parts.length &&
    patterns.every((part, index) => matchesPart(part, parts[index] as string))
  );
}

/** Goes back to the last `*` only, so a pattern of many stars costs no more than their product. */
function matchesPart(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  for (let index = 0; index < text.length; ) {
    const wanted = pattern.charAt(at);
    if (wanted === "*") {
      star = at++;
      resumeAt = index;
    } else if (at < pattern.length && (wanted === "?" || wanted === text.charAt(index))) {
      at++;
      index++;
    } else {
      if (star < 0) return false;
      at = star + 1;
      index = ++resumeAt;
    }
  }
  while (pattern.charAt(at) === "*") at++;
  return at === pattern.length;
}
