/**
 * The rules of the house that no ready-made linter knows (STYLE.md, marked "checked"): names of files and folders,
 * constructor dependencies, named re-exports, the length of one test case, titles of specs, and no silenced checks.
 * Sources are parsed, not matched by text, wherever the rule is about code.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const ROOMS = ['apps', 'libs', 'migrations', 'bench', 'test', 'scripts'];
const SKIPPED = new Set(['node_modules', 'dist', 'results']);

const ROLES = 'state|rules|errors|events|repository|handler|controller|dto|consumer|module|contract|bench';
const SPECS = 'spec|db\\.spec|races\\.spec|e2e\\.spec';
const FILE_NAME = new RegExp(`^[a-z0-9]+(-[a-z0-9]+)*(\\.(${ROLES}))?(\\.(${SPECS}))?\\.(ts|mjs)$`);
const FORBIDDEN_FOLDER = /^(utils?|common|helpers?|types?|services?|interfaces?|misc|shared)$/;
const FORBIDDEN_WORDS = [
  /\bTODO\b/,
  /\bFIXME\b/,
  /eslint-disable/,
  /@ts-(ignore|nocheck|expect-error)/,
  /biome-ignore/,
];

const MAX_CONSTRUCTOR_DEPENDENCIES = 7;
const MAX_CASE_LINES = 70;
const MAX_README_LINES = 60;

const violations = [];

for (const room of ROOMS) walk(join(ROOT, room));
checkReadmes();

for (const violation of violations) console.error(violation);
if (violations.length > 0) process.exitCode = 1;

function walk(folder) {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (SKIPPED.has(entry.name)) continue;
      if (FORBIDDEN_FOLDER.test(entry.name)) report(path, 'a folder is named after the domain, never after a kind');
      walk(path);
    } else if (/\.(ts|mts|cts|js|mjs|cjs)$/.test(entry.name)) {
      checkFile(path);
    }
  }
}

function checkFile(path) {
  const name = basename(path);
  if (!FILE_NAME.test(name)) report(path, 'the name is kebab-case with at most one role suffix of the closed list');
  const text = readFileSync(path, 'utf8');
  if (!path.endsWith('check/house.mjs')) checkWords(path, text);
  if (!name.endsWith('.ts')) return;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  visit(source, source, name.endsWith('.spec.ts'));
}

function checkWords(path, text) {
  text.split('\n').forEach((line, index) => {
    for (const word of FORBIDDEN_WORDS) {
      if (word.test(line)) report(path, `"${line.match(word)[0]}" leaves work or silences a check`, index + 1);
    }
  });
}

function visit(node, source, isSpec) {
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && !isNamed(node)) {
    reportNode(source, node, 'named re-exports only');
  }
  if (ts.isConstructorDeclaration(node) && node.parameters.length > MAX_CONSTRUCTOR_DEPENDENCIES) {
    reportNode(
      source,
      node,
      `${node.parameters.length} constructor dependencies, at most ${MAX_CONSTRUCTOR_DEPENDENCIES}`,
    );
  }
  if (isSpec && ts.isCallExpression(node)) checkCase(source, node);
  ts.forEachChild(node, (child) => visit(child, source, isSpec));
}

function isNamed(node) {
  return node.exportClause !== undefined && ts.isNamedExports(node.exportClause);
}

/** `it('title', …)`, also as it.each(…)('title', …): the title is a sentence that could be false. */
function checkCase(source, call) {
  if (!/^(it|test)(\.|$|\()/.test(call.expression.getText(source).replace(/\s/g, ''))) return;
  const [title, body] = call.arguments;
  if (title && ts.isStringLiteralLike(title) && /\b(should|works?)\b/i.test(title.text)) {
    reportNode(source, title, `the title "${title.text}" says "should" or "works" instead of what holds`);
  }
  if (!body || !(ts.isArrowFunction(body) || ts.isFunctionExpression(body))) return;
  const lines = lineOf(source, body.end) - lineOf(source, body.getStart(source)) + 1;
  if (lines > MAX_CASE_LINES) reportNode(source, call, `a test case of ${lines} lines, at most ${MAX_CASE_LINES}`);
}

function checkReadmes() {
  for (const lib of entriesOf(join(ROOT, 'libs')).filter((entry) => entry.isDirectory())) {
    const path = join(ROOT, 'libs', lib.name, 'README.md');
    const lines = readIfThere(path)?.trimEnd().split('\n').length;
    if (lines === undefined) report(path, 'every lib has a README: purpose, guarantees, limits, example');
    else if (lines > MAX_README_LINES) report(path, `${lines} lines, at most ${MAX_README_LINES}`);
  }
}

function entriesOf(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function lineOf(source, position) {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}

function reportNode(source, node, what) {
  report(source.fileName, what, lineOf(source, node.getStart(source)));
}

function report(path, what, line) {
  violations.push(`${relative(ROOT, path)}${line === undefined ? '' : `:${line}`}: ${what}`);
}
