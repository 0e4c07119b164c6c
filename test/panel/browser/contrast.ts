/** Runs inside the page: every piece of text whose contrast is below WCAG 2.2 AA (1.4.3). */
export function lowContrast(): string[] {
  type Colour = [number, number, number, number];
  const parse = (text: string): Colour => {
    const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return [r, g, b, a];
  };
  const over = (top: Colour, under: Colour): Colour => {
    const mix = (index: 0 | 1 | 2) => top[index] * top[3] + under[index] * (1 - top[3]);
    return [mix(0), mix(1), mix(2), 1];
  };
  const luminance = (colour: Colour): number => {
    const linear = (index: 0 | 1 | 2) => {
      const value = colour[index] / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2);
  };
  const background = (element: Element | null): Colour => {
    if (!element) return [255, 255, 255, 1];
    const own = parse(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, background(element.parentElement));
  };
  const ratio = (a: Colour, b: Colour): number => {
    const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const failures: string[] = [];
  const judge = (element: Element, style: CSSStyleDeclaration, text: string) => {
    const ground = background(element);
    const found = ratio(over(parse(style.color), ground), ground);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (found < (large ? 3 : 4.5)) failures.push(`${found.toFixed(2)} "${text.slice(0, 40)}"`);
  };
  for (const element of document.querySelectorAll("body *")) {
    if (element instanceof SVGElement || !element.checkVisibility()) continue;
    const text = [...element.childNodes]
      .filter((node) => node.nodeType === Node.TEXT_NODE)
      .map((node) => node.textContent?.trim())
      .join(" ")
      .trim();
    if (text) judge(element, getComputedStyle(element), text);
    const placeholder = element.getAttribute("placeholder");
    if (placeholder) judge(element, getComputedStyle(element, "::placeholder"), placeholder);
  }
  return failures;
}
