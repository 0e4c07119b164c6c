/**
 * What may be preloaded: evaluated while the image is built, and from then on in flash, where nothing can be
 * written. Plain data and functions can; a Map, a typed array, a BigInt or a static field cannot: writes to
 * it fail at run time, and a preloaded BigInt is unequal to every computed one (Moddable SDK 8.2).
 */
import ts from "typescript";

const state =
  /^(Map|Set|WeakMap|WeakSet|ArrayBuffer|SharedArrayBuffer|DataView|Date|Promise|Proxy)$/;
const typedArray = /^(Big)?(Int|Uint|Float)\d+(Clamped)?Array$/;
/** Calls that leave plain data behind. */
const plain = /^(Object\.freeze|Symbol|Native)$/;

/**
 * What a module does while it is evaluated that preload cannot keep, one line each. Bodies of functions are
 * passed over: they run later, in RAM.
 */
export function preloadFaults(module: string): string[] {
  const source = ts.createSourceFile("module.js", module, ts.ScriptTarget.ES2022, true);
  const faults: string[] = [];
  const visit = (node: ts.Node): void => {
    const fault = faultOf(node, source);
    if (fault !== undefined) faults.push(`${fault}: ${lineOf(node, source)}`);
    else if (!runsLater(node)) ts.forEachChild(node, visit);
  };
  visit(source);
  return faults;
}

/** Instance fields are evaluated when an instance is made. */
function runsLater(node: ts.Node): boolean {
  if (ts.isPropertyDeclaration(node)) return true;
  return ts.isFunctionLike(node) && !calledAtOnce(node);
}

const calledAtOnce = (node: ts.Node): boolean => {
  let { parent } = node;
  while (ts.isParenthesizedExpression(parent)) parent = parent.parent;
  return ts.isCallExpression(parent) && !parent.arguments.includes(node as ts.Expression);
};

const isStatic = (node: ts.PropertyDeclaration) =>
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;

function faultOf(node: ts.Node, source: ts.SourceFile): string | undefined {
  if (ts.isBigIntLiteral(node)) return "a BigInt";
  if (ts.isPropertyDeclaration(node) && isStatic(node)) return "a static field";
  if (ts.isClassStaticBlockDeclaration(node)) return "a static block";
  if (ts.isRegularExpressionLiteral(node) && /[gy]\w*$/.test(node.text))
    return "a regular expression that remembers where it was";
  if (ts.isNewExpression(node)) {
    const made = node.expression.getText(source);
    if (state.test(made) || typedArray.test(made)) return `a ${made}`;
    return "an object of a class, whose fields cannot be written";
  }
  if (ts.isCallExpression(node)) {
    const called = node.expression.getText(source);
    if (called === "BigInt") return "a BigInt";
    if (typedArray.test(called.split(".")[0] ?? "")) return `a ${called.split(".")[0]}`;
    if (!plain.test(called)) return "a call, whose result nobody has looked at";
  }
  return undefined;
}

function lineOf(node: ts.Node, source: ts.SourceFile): string {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  return `line ${line + 1}, ${node.getText(source).slice(0, 60)}`;
}
