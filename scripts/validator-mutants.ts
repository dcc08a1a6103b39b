// Mutants of a source file: one small change each, at places that the TypeScript parser finds (it reads AssemblyScript,
// too). Says what can be changed; mutate-validator.ts judges whether a test sees it.
import ts from 'typescript';
import { PLAN_ERRORS, TRACE_RULES } from '../src/domain/maze/types.ts';
import { SEARCH_RULES } from '../src/domain/maze/verdict/search.ts';

export interface Mutant {
  readonly path: string;
  readonly operator: string;
  /** Characters of the file that `after` replaces. */
  readonly start: number;
  readonly end: number;
  readonly after: string;
}

const BINARY: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '==': ['!='],
  '!=': ['=='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '&': ['|'],
  '|': ['&'],
  '^': ['|'],
  '<<': ['>>'],
  '>>': ['<<'],
  '+=': ['-='],
  '-=': ['+='],
};

const METHODS: Readonly<Record<string, string>> = {
  every: 'some',
  some: 'every',
  startsWith: 'endsWith',
  min: 'max',
  max: 'min',
  push: 'unshift',
};
/** Of the types i8x16, i16x8, i32x4 and v128. */
const VECTOR_METHODS: Readonly<Record<string, string>> = {
  eq: 'ne',
  ne: 'eq',
  add: 'sub',
  sub: 'add',
  or: 'and',
  and: 'or',
  xor: 'or',
  andnot: 'and',
  le_u: 'lt_u',
  gt_u: 'ge_u',
  shr_u: 'shl',
  mul: 'add',
  abs: 'neg',
};

/** Calls whose arguments may be exchanged. */
const SYMMETRIC = /(?:^|\.)(?:eq|ne|add|or|and|xor|mul|min|max|are_neighbors|areNeighbours|manhattan|sameCell)$/;

/** Groups of names that may replace each other: a mutant uses the next name of the group. */
const GROUPS: readonly (readonly string[])[] = [
  TRACE_RULES,
  PLAN_ERRORS,
  SEARCH_RULES,
  ['create', 'close', 'plan'],
  ['solution', 'end'],
  ['opened', 'cheaper', 'kept', 'closed', 'skipped', 'end'],
  ['strict', 'paper'],
  [
    'OPERATION_SYNTAX_ERROR',
    'INVALID_COORDINATES',
    'CREATE_CLOSE_WALL',
    'FIRST_CREATE_NOT_LAST_CLOSED',
    'CREATE_NON_NEIGHBOR',
    'CREATE_ALREADY_CLOSED',
    'CLOSE_NOT_IN_OPEN_LIST',
    'CLOSE_NOT_LOWEST_F_VALUE',
    'GOAL_NOT_REACHED',
    'PLAN_EXTRACTION_ERROR',
    'PLAN_LENGTH_MISMATCH',
    'EVENT_AFTER_GOAL',
    'WRONG_HEURISTIC',
    'WRONG_COST',
    'CREATE_NOT_CHEAPER',
    'EXPANSION_INCOMPLETE',
  ],
  ['PLAN_SYNTAX_ERROR', 'ILLEGAL_START', 'ILLEGAL_MOVE', 'PLAN_GOAL_NOT_REACHED'],
  ['NUMBER', 'COST', 'CREATE', 'CLOSE', 'PLAN', 'SOLUTION', 'END'],
  ['WALL', 'CLOSED', 'ABSENT'],
  ['EVENTS', 'PLAN_RECORDS', 'AFTER_END'],
  ['CODES', 'IDS'],
  ['start', 'goal'],
  ['firsts', 'lasts'],
  ['nexts', 'previous'],
];

/** Every mutant of a file that these operators make, in the order of their places. */
export function mutantsOf(path: string, text: string): Mutant[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const mutants: Mutant[] = [];
  const change = (operator: string, node: ts.Node, after: string): void => {
    const start = node.getStart(source),
      end = node.getEnd();
    if (text.slice(start, end) !== after) mutants.push({ path, operator, start, end, after });
  };
  const visit = (node: ts.Node): void => {
    if (
      ts.isImportDeclaration(node) ||
      ts.isExportDeclaration(node) ||
      ts.isTypeNode(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node)
    )
      return;
    changeNode(node, text, source, change);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants;
}

type Change = (operator: string, node: ts.Node, after: string) => void;

function changeNode(node: ts.Node, text: string, source: ts.SourceFile, change: Change): void {
  const textOf = (part: ts.Node): string => part.getText(source);
  if (ts.isBinaryExpression(node)) {
    for (const after of BINARY[textOf(node.operatorToken)] ?? [])
      change(`operator ${textOf(node.operatorToken)}`, node.operatorToken, after);
  } else if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === ts.SyntaxKind.PlusPlusToken) change('increment', node, `--${textOf(node.operand)}`);
    else if (node.operator !== ts.SyntaxKind.PlusToken) change('sign or negation dropped', node, textOf(node.operand));
  } else if (ts.isPostfixUnaryExpression(node)) {
    change('increment', node, textOf(node.operand) + (node.operator === ts.SyntaxKind.PlusPlusToken ? '--' : '++'));
  } else if (ts.isNumericLiteral(node)) {
    change('constant', node, changedNumber(textOf(node)));
  } else if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) {
    change('constant', node, textOf(node) === 'true' ? 'false' : 'true');
  } else if (ts.isStringLiteral(node)) {
    for (const other of othersOf(node.text, () => true)) change('name', node, `'${other}'`);
    change('text', node, node.text === '' ? "'x'" : "''");
  } else if (ts.isRegularExpressionLiteral(node)) {
    for (const after of changedPatterns(textOf(node))) change('pattern', node, after);
  } else if (ts.isIdentifier(node) && isUse(node)) {
    for (const other of othersOf(node.text, (name) => new RegExp(`\\b${name}\\b`).test(text)))
      change('name', node, other);
    if (node.text === 'Infinity') change('constant', node, '0');
  } else if (ts.isIfStatement(node)) {
    change('condition false', node.expression, 'false');
    change('condition true', node.expression, 'true');
  } else if (ts.isWhileStatement(node)) {
    change('condition false', node.expression, 'false');
  } else if (ts.isConditionalExpression(node)) {
    change(
      'branches swapped',
      node,
      `${textOf(node.condition)} ? ${textOf(node.whenFalse)} : ${textOf(node.whenTrue)}`,
    );
  } else if (
    ts.isExpressionStatement(node) ||
    ts.isBreakStatement(node) ||
    ts.isContinueStatement(node) ||
    (ts.isReturnStatement(node) && node.expression === undefined)
  ) {
    change('statement dropped', node, ';');
  }
  if (ts.isCallExpression(node)) changeCall(node, textOf, change);
}

function changeCall(node: ts.CallExpression, textOf: (part: ts.Node) => string, change: Change): void {
  const callee = node.expression;
  for (let i = 0; i + 1 < node.arguments.length && !SYMMETRIC.test(textOf(callee)); i++) {
    const list = node.arguments.map(textOf);
    change(
      'arguments swapped',
      node,
      `${textOf(callee)}(${list
        .with(i, list[i + 1])
        .with(i + 1, list[i])
        .join(', ')})`,
    );
  }
  if (ts.isPropertyAccessExpression(callee)) {
    const table = /^(?:[if]\d+x\d+|v128)$/.test(textOf(callee.expression)) ? VECTOR_METHODS : METHODS;
    if (Object.hasOwn(table, callee.name.text))
      change(`method ${callee.name.text}`, callee.name, table[callee.name.text]);
    if (callee.name.text === 'filter' || callee.name.text === 'reverse')
      change(`method ${callee.name.text} dropped`, node, textOf(callee.expression));
  } else if (ts.isIdentifier(callee) && Object.hasOwn(METHODS, callee.text)) {
    change(`function ${callee.text}`, callee, METHODS[callee.text]);
  }
}

/** An identifier that is read, not one that is declared, or the name of a property. */
function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (
    ts.isVariableDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isPropertyAssignment(parent)
  )
    return 'initializer' in parent && parent.initializer === node;
  return !ts.isBindingElement(parent) && !ts.isShorthandPropertyAssignment(parent);
}

function othersOf(name: string, isKnown: (other: string) => boolean): string[] {
  return GROUPS.flatMap((group) => {
    const others = group.filter((other) => other === name || isKnown(other));
    const at = others.indexOf(name);
    return at < 0 || others.length < 2 ? [] : [others[(at + 1) % others.length]];
  });
}

/** 0 for 1 and 1 for 0; else one more. */
function changedNumber(text: string): string {
  const value = BigInt(text.replaceAll('_', ''));
  if (value < 2n) return value === 0n ? '1' : '0';
  return text.startsWith('0x') ? `0x${(value + 1n).toString(16)}` : String(value + 1n);
}

/** A pattern without one anchor, escape or group mark, with another count or another first digit. */
function changedPatterns(text: string): string[] {
  const changes = [...text.matchAll(/\\[a-z]|[\^$+]|(?<=\{\d,)\d|(?<=\[)\d(?=-)|(?<=\(\?:)0(?=\|)/g)];
  return changes.map(
    ({ 0: part, index }) =>
      text.slice(0, index) +
      (/\d/.test(part) ? String(Number(part) === 1 ? 0 : Number(part) + 1) : '') +
      text.slice(index + part.length),
  );
}
