'use strict';
// Adds to the document: search, filters, sorting, and entries beside the tables. The state is in the address:
// ?q=stat&release=since-5.10&group=file&sort=-since#fstat
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement;
  const form = one('.toolbar');
  const input = form.q;
  const chips = all('.chips button');
  const collator = new Intl.Collator('en', { numeric: true });

  // What the filters look at, read from the tables once.
  const tables = all('table.index').map(element => ({
    element,
    section: element.closest('section'),
    count: one('h2 small', element.closest('section')),
    sort: null,
    rows: all('tbody tr', element).map((tr, order) => {
      const link = one('.name > a', tr);
      return {
        tr, order,
        name: (link ?? one('.name', tr)?.firstChild ?? tr).textContent.toLowerCase(),
        number: one('.n', tr)?.textContent ?? '',
        article: link && document.getElementById(link.hash.slice(1)),
        text: '', rank: 0, shown: true,
      };
    }),
  }));
  const searched = tables.filter(({ element }) => /\b(calls|types|errors)\b/.test(element.className));
  const calls = tables.find(({ element }) => element.classList.contains('calls'));
  const rowOf = new Map(tables.flatMap(table => table.rows.map(row => [row.article, row])));

  // Calls are found by what their row says; types also by their constants and fields, errors by less.
  function textOf(table, row) {
    if (row.text) return row.text;
    const parts = table.element.classList.contains('errors')
      ? [one('.name', row.tr)]
      : [row.tr, ...(table === calls ? [] : all('table.parts', row.article))];
    return row.text = parts.map(part => part.textContent).join(' ').toLowerCase();
  }

  // The types that have a constant which begins so, by their places.
  const withConstant = new Map();
  function typesWith(word) {
    if (!withConstant.has(word)) {
      const types = tables.find(({ element }) => element.classList.contains('types')).rows.filter(({ article }) =>
        all('.parts tbody th', article).some(th => th.textContent.toLowerCase().startsWith(word)));
      withConstant.set(word, new Set(types.map(row => '#' + row.article.id)));
    }
    return withConstant.get(word);
  }

  // How well a row matches a word: 0 it is its name or number, 4 not at all.
  function rank(table, row, word) {
    const bare = word.replace(/^(__sys_raw_|__sys_|__syscall_|__nr_|sys_)(?=.)/, '');
    if (row.name === bare) return 0;
    if (/^(0x[0-9a-f]+|[0-9]+)$/.test(bare) && table.element.classList.contains('types') === false) {
      if (Number(row.number) === Number(bare)) return 0;
      if (bare.startsWith('0x')) return 4;
    }
    if (row.name.startsWith(bare)) return 1;
    if (row.name.includes(bare)) return 2;
    if (textOf(table, row).includes(word)) return 3;
    // A call takes a constant when it takes a type that has it: O_CREAT finds open.
    if (table !== calls || !/^\w+_/.test(word)) return 4;
    const types = typesWith(word);
    row.types ??= all('pre a', row.article).map(link => link.hash);
    return row.types.some(type => types.has(type)) ? 3 : 4;
  }

  function lives(tr, release) {
    const [word, at] = release.split('-');
    const [since, until] = one('.since', tr).textContent.split('–');
    if (word === 'since') return since !== '' && collator.compare(since, at) >= 0;
    return collator.compare(since || '0', at) <= 0 && (!until || collator.compare(at, until) < 0);
  }

  // Shows what the toolbar asks for.
  function filter() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const groups = new Set(chips.filter(chip => chip.ariaPressed === 'true').map(chip => chip.value));
    const release = form.release?.value ?? '';
    const narrowed = groups.size > 0 || release !== '';
    let found = 0;
    for (const table of tables) {
      const looked = searched.includes(table);
      let shown = 0;
      for (const row of table.rows) {
        row.rank = looked ? words.reduce((worst, word) => Math.max(worst, rank(table, row, word)), 0) : 0;
        row.shown = row.rank < 4;
        if (table === calls) {
          if (groups.size) row.shown &&= groups.has(one('.group', row.tr).textContent);
          if (release) row.shown &&= lives(row.tr, release);
        }
        row.tr.classList.toggle('out', !row.shown);
        row.article?.classList.toggle('out', !row.shown);
        shown += row.shown;
      }
      table.count.textContent = shown === table.rows.length ? shown : `${shown} of ${table.rows.length}`;
      table.section.classList.toggle('out', looked ? shown === 0 : words.length > 0 || narrowed);
      if (looked) found += shown;
      if (looked) arrange(table);
    }
    const matches = calls.rows.filter(row => row.shown).length;
    one('output', form).textContent = matches === calls.rows.length
      ? `${matches} calls` : `${matches} of ${calls.rows.length} calls`;
    nothing.hidden = found > 0;
    one('#about-page').classList.toggle('out', words.length > 0 || narrowed);
  }

  // Puts the rows of a table in order: by the column that was asked for, else the best matches first.
  function arrange(table) {
    const { sort, rows } = table;
    const cell = row => row.tr.cells[sort.column]?.textContent.trim() ?? '';
    const ordered = [...rows].sort((a, b) => {
      if (!sort) return a.rank - b.rank || a.order - b.order;
      const [x, y] = [cell(a), cell(b)];
      // Empty cells come last in both directions.
      if (!x || !y) return !x - !y || a.order - b.order;
      return (sort.down ? collator.compare(y, x) : collator.compare(x, y)) || a.order - b.order;
    });
    const body = table.element.tBodies[0];
    if (ordered.some((row, i) => body.rows[i] !== row.tr)) body.append(...ordered.map(row => row.tr));
    table.ordered = ordered;
    all('thead th', table.element).forEach((th, column) => {
      if (sort?.column === column) th.ariaSort = sort.down ? 'descending' : 'ascending';
      else th.removeAttribute('aria-sort');
    });
  }

  for (const table of searched) {
    all('thead th', table.element).forEach((th, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...th.childNodes);
      th.append(button);
      button.addEventListener('click', () => {
        const { sort } = table;
        // Up, down, and back to the order of the table.
        table.sort = sort?.column !== column ? { column, down: false } : sort.down ? null : { column, down: true };
        arrange(table);
        remember();
      });
    });
  }

  const heading = th => th.textContent.toLowerCase();

  // Writes the state to the address, so that it can be shared and survives a reload.
  function remember() {
    const query = new URLSearchParams();
    if (input.value) query.set('q', input.value);
    if (form.release?.value) query.set('release', form.release.value);
    for (const chip of chips) if (chip.ariaPressed === 'true') query.append('group', chip.value);
    if (calls.sort) {
      const th = one('thead', calls.element).rows[0].cells[calls.sort.column];
      query.set('sort', (calls.sort.down ? '-' : '') + heading(th));
    }
    const text = query.toString();
    go('replaceState', (text ? '?' + text : location.pathname) + location.hash);
  }

  // Changes the address without loading or scrolling; some browsers forbid it to pages that are files.
  function go(how, address) {
    try {
      history[how](null, '', address);
      return true;
    } catch {
      return false;
    }
  }

  function recall() {
    const query = new URLSearchParams(location.search);
    input.value = query.get('q') ?? '';
    if (form.release) {
      form.release.value = query.get('release') ?? '';
      // A release that the list does not have.
      if (form.release.selectedIndex < 0) form.release.value = '';
    }
    const groups = query.getAll('group');
    for (const chip of chips) chip.ariaPressed = String(groups.includes(chip.value));
    const sort = query.get('sort') ?? '';
    const column = all('thead th', calls.element).findIndex(th => heading(th) === sort.replace(/^-/, ''));
    calls.sort = column < 0 ? null : { column, down: sort.startsWith('-') };
  }

  // Opens the entry that the address names, and marks its row.
  let opened = null;
  function open() {
    const target = document.getElementById(location.hash.slice(1));
    const article = target?.closest('article') ?? null;
    if (article && article === opened) return;
    opened?.classList.remove('open');
    rowOf.get(opened)?.tr.classList.remove('current');
    opened = article;
    root.classList.toggle('opened', article !== null);
    const details = target?.closest('tr') && one('details', target);
    if (details) {
      details.open = true;
      target.scrollIntoView();
    }
    if (!article) return;
    article.classList.add('open');
    article.tabIndex = -1;
    article.scrollTop = 0;
    article.focus({ preventScroll: true });
    const tr = rowOf.get(article)?.tr;
    tr?.classList.add('current');
    const { top = 0, bottom = 0 } = tr?.getBoundingClientRect() ?? {};
    if (top < 120 || bottom > innerHeight) tr?.scrollIntoView({ block: 'center' });
    // The constants or fields that were searched for.
    const words = input.value.toLowerCase().split(/\s+/).filter(word => word.length > 2);
    const parts = article.classList.contains('type') ? all('.parts tbody tr', article) : [];
    const hits = parts.filter(part => {
      const hit = words.some(word => part.textContent.toLowerCase().includes(word));
      part.classList.toggle('hit', hit);
      return hit;
    });
    hits[0]?.scrollIntoView({ block: 'nearest' });
  }

  function close() {
    const tr = rowOf.get(opened)?.tr;
    if (go('pushState', location.pathname + location.search)) open();
    else location.hash = '';
    tr && one('.name > a', tr).focus({ preventScroll: true });
  }

  // To the next or previous entry that is shown.
  function step(by) {
    const rows = searched.flatMap(table => table.ordered).filter(row => row.shown && row.article);
    const at = rows.findIndex(row => row.article === opened);
    const row = rows[at < 0 ? 0 : at + by];
    if (!row) return;
    location.hash = row.article.id;
    // The browser tells of it later; the next key must not come before that.
    open();
  }

  const panel = document.createElement('div');
  panel.className = 'panel';
  for (const [text, label, act] of [
    ['↑', 'Previous entry (k)', () => step(-1)],
    ['↓', 'Next entry (j)', () => step(1)],
    ['×', 'Close (Esc)', close],
  ]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text;
    button.title = button.ariaLabel = label;
    button.addEventListener('click', act);
    panel.append(button);
  }
  document.body.append(panel);

  const nothing = document.createElement('p');
  nothing.className = 'empty';
  nothing.textContent = 'Nothing matches.';
  one('main').prepend(nothing);

  // The heads of tables stop below the toolbar, whatever its height.
  new ResizeObserver(() => root.style.setProperty('--bar', form.offsetHeight + 'px')).observe(form);

  let later = 0;
  function changed() {
    filter();
    clearTimeout(later);
    later = setTimeout(remember, 200);
  }

  form.addEventListener('input', changed);
  form.addEventListener('submit', event => {
    event.preventDefault();
    const first = searched.flatMap(table => table.ordered).find(row => row.shown && row.article);
    if (first) location.hash = first.article.id;
  });
  for (const chip of chips) {
    chip.addEventListener('click', () => {
      chip.ariaPressed = String(chip.ariaPressed !== 'true');
      changed();
    });
  }
  one('main').addEventListener('click', event => {
    const tr = event.target.closest('.index tbody tr');
    if (!tr || event.target.closest('a, button, summary') || String(getSelection())) return;
    one('.name > a', tr)?.click();
  });
  addEventListener('hashchange', open);
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest?.('input, select');
    if (event.key === 'Escape') {
      if (typing && input.value) {
        input.value = '';
        changed();
      } else if (opened) {
        close();
      } else {
        form.reset();
        for (const chip of chips) chip.ariaPressed = 'false';
        changed();
        input.blur();
      }
      event.preventDefault();
    } else if (typing) {
      return;
    } else if (event.key === '/') {
      input.focus();
      input.select();
      event.preventDefault();
    } else if (event.key === 'j' || event.key === 'k') {
      step(event.key === 'j' ? 1 : -1);
    }
  });

  recall();
  filter();
  open();
})();
