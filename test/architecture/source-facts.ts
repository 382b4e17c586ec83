import ts from 'typescript';

/** One import, export-from, `import()` or type import of a source file. */
interface ImportFact {
  readonly specifier: string;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** What the rules need to know of one source file. */
export interface SourceFacts {
  /** Folder name of the package. */
  readonly package: string;
  /** Path below the package's `src`, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportFact[];
  /** Free names that the file reads, and `Object.member` for one step of member access on a free name. */
  readonly names: ReadonlySet<string>;
  /** Names of members, accessed or written, and texts of string literals. */
  readonly members: ReadonlySet<string>;
  /** Names of variables at the level of the module that can be assigned anew. */
  readonly moduleVariables: readonly string[];
  /** Names of getters in which something is assigned, counted or deleted. */
  readonly changingGetters: readonly string[];
}

/** Reads the facts of one source text. */
export function readFacts(packageName: string, path: string, text: string): SourceFacts {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: ImportFact[] = [];
  const names = new Set<string>();
  const members = new Set<string>();
  const changingGetters: string[] = [];
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found !== undefined) imports.push(found);
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      names.add(`${node.expression.text}.${node.name.text}`);
    }
    if (ts.isGetAccessorDeclaration(node) && changes(node)) changingGetters.push(node.name.getText());
    if (ts.isStringLiteralLike(node)) members.add(node.text);
    if (ts.isIdentifier(node)) (isFreeName(node) ? names : members).add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const moduleVariables = file.statements.flatMap(variablesOf);
  const lines = countLines(text);
  return { package: packageName, path, lines, imports, names, members, moduleVariables, changingGetters };
}

function variablesOf(statement: ts.Statement): string[] {
  if (!ts.isVariableStatement(statement) || (statement.declarationList.flags & ts.NodeFlags.Const) !== 0)
    return [];
  return statement.declarationList.declarations.map(({ name }) => name.getText());
}

const steps: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.PlusPlusToken,
  ts.SyntaxKind.MinusMinusToken,
]);

const mutators: ReadonlySet<string> = new Set(
  'pop push shift unshift splice sort reverse fill delete set add clear'.split(' '),
);

function changes(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) return true;
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    if (steps.has(node.operator)) return true;
  }
  // A call for its effect; or one of a method that changes a list or a map.
  if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) return true;
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression))
    if (mutators.has(node.expression.name.text)) return true;
  return (
    ts.isDeleteExpression(node) || (ts.forEachChild(node, (child) => changes(child) || undefined) ?? false)
  );
}

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function importOf(node: ts.Node): ImportFact | undefined {
  if (ts.isImportDeclaration(node)) {
    return literal(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
  }
  if (ts.isExportDeclaration(node)) return literal(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return literal(node.argument.literal, true);
  if (ts.isExternalModuleReference(node)) return literal(node.expression, false);
  if (!ts.isCallExpression(node)) return undefined;
  const callee = node.expression;
  const loads =
    callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');
  return loads ? literal(node.arguments[0], false) : undefined;
}

function literal(node: ts.Node | undefined, typeOnly: boolean): ImportFact | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? { specifier: node.text, typeOnly } : undefined;
}

/** Neither the member of a `a.member` or `{ member: … }`, nor a declared member: a name looked up in scope. */
function isFreeName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isPropertyAssignment(parent) || ts.isBindingElement(parent)) {
    return (ts.isPropertyAssignment(parent) ? parent.name : parent.propertyName) !== node;
  }
  return !(ts.isTypeElement(parent) || ts.isClassElement(parent)) || parent.name !== node;
}
