// A public comment period as a city goes through it: planned by a clerk, announced, open and closed by the clock, sixty
// submissions by every way, sorted, answered by three sections, published, corrected. Citizens write with script and
// without. Mail comes in and goes out through a real Postfix; the days pass by the program's own clock.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe } from 'node:test';
import * as citizen from './citizens.mjs';
import { mailsTo, waitForMail } from './imap.mjs';
import { check, launch, needs, startDemo } from './rig.mjs';
import * as sent from './riverside.mjs';
import { COUNTS, PDF, SECTIONS, TITLE, VIEWS, WAYS } from './riverside.mjs';
import { sendMail } from './smtp.mjs';
import { choose, field, press, toDecide, unfold, until, walkOf } from './steps.mjs';
import { csvRows, sheetRows } from './tables.mjs';

const PLANNED = '2025-04-07T10:00:00+09:00';
const OPENED = '2025-04-17T09:00:00+09:00';
const LAST_EVENING = '2025-05-16T23:50:00+09:00';
const JUST_OVER = '2025-05-17T00:00:05+09:00';
const SORTED = '2025-05-20T09:00:00+09:00';
const CORRECTED = '2025-07-08T09:00:00+09:00';

describe('a public comment period from the plan to the corrected result', needs('TEST_IN_LMTP'), () => {
  const mine = randomBytes(4).toString('hex');
  const all = sent.sixty((word) => `kawabe-${mine}-${word}@example.jp`);
  const sums = sent.expected(all);
  const by = (who) => all.find((one) => one.who === who);
  const inbox = `iken-${mine}@lmtp.example`;
  /** Receipts by submission. */
  const receipts = new Map();
  let demo;
  let browser;
  let path;
  let paper;
  before(async () => {
    const env = { HIROKIKU_LMTP_LISTEN: process.env.TEST_IN_LMTP };
    demo = await startDemo({ smtpUrl: process.env.TEST_SMTP_URL, now: PLANNED, env });
    browser = await launch(demo);
  }, { timeout: 120_000 });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  const walk = walkOf();
  const picture = (page, name) => check(page, `period-${name}`);
  const at = (place) => `${paper}:${place}`;

  let people = new Map();
  /** A person's page; who was signed in before the days passed signs in again. */
  async function staff(login) {
    if (!people.has(login)) people.set(login, await browser.staff(login));
    return people.get(login);
  }
  async function moveTo(time) {
    for (const page of people.values()) await page.context().close();
    people = new Map();
    await demo.moveTo(time);
  }
  /** A person's page, at a page of this consultation. */
  async function desk(login, below = '') {
    const page = await staff(login);
    await page.goto(`${demo.staffUrl}${path}${below}`);
    return page;
  }
  /** Decides on what waits for each of these, the last one finally. */
  async function decide(title, logins) {
    for (const [nth, login] of logins.entries()) {
      const page = await staff(login);
      await toDecide(page, demo.staffUrl, title);
      if (nth + 1 < logins.length) await press(page, '承認する', '次の人へ回ります');
      else await press(page, 'この文面で決裁する', '決裁しました');
    }
  }
  /** Sends what was written in a browser, looked at on the way. */
  async function send(page, who, name) {
    receipts.set(who, await citizen.send(page, by(who), (step) => picture(page, `${step}-${name}`)));
  }
  /** Types in what came on paper. */
  async function enter(page, one) {
    receipts.set(one, await citizen.enter(page, demo.staffUrl + path, one));
  }
  /** What a writer sees with the two numbers of the receipt. */
  async function status(page, who) {
    await citizen.status(page, demo.publicUrl, receipts.get(who));
    await page.getByRole('heading', { level: 1, name: 'お送りいただいたご意見' }).waitFor();
  }
  async function consultation(page) {
    await page.goto(demo.publicUrl + path);
    return page;
  }
  // ---- setting up

  let previewed;

  walk('a clerk plans it and is told what is missing', async () => {
    const page = await staff('clerk');
    await page.goto(`${demo.staffUrl}/consultations`);
    await page.getByRole('link', { name: '新しく準備する' }).click();
    await field(page, '案件名').fill(TITLE);
    await field(page, '案の呼び名').fill('素案');
    await choose(page.getByRole('combobox', { name: /^担当課/ }), '道路河川建設課');
    await field(page, '根拠となる法令や計画').fill('下関市市民協働参画条例');
    await field(page, '案の要点').fill('川沿いの道と広場を、休みながら歩け、親子で過ごせる場所に整えます。');
    await field(page, 'なぜこの案を作るのか').fill('川沿いの道は段差が多く、休む場所がありません。');
    await field(page, 'やさしい日本語の要点').fill('川の そばの 道を、歩きやすく します。');
    await field(page, '公示日').fill('R7.4.17');
    await field(page, '募集の初日').fill('R7.4.17');
    await field(page, '募集の最終日').fill('R7.5.15');
    for (const [kind, address] of [['email', inbox], ['post', '〒750-8521 下関市南部町1番1号'], ['fax', '000-000-0009'], ['hand_in', '道路河川建設課の窓口']]) {
      const way = page.getByRole('group', { name: WAYS[kind], exact: true });
      await way.getByRole('checkbox', { name: 'この方法で受け付ける' }).check();
      await field(way, `${WAYS[kind]}のあて先`).fill(address);
      if (kind === 'post') await way.getByRole('radio', { name: '当日消印有効' }).check();
      if (kind === 'hand_in') await field(way, '持参の補足').fill('平日 8時30分から17時15分まで');
    }
    for (const label of ['住所', '連絡先']) await page.getByRole('combobox', { name: label }).selectOption({ label: '書いてもよい' });
    await page.getByRole('group', { name: /空欄の意見/ }).or(page.getByRole('radiogroup', { name: /空欄の意見/ }))
      .getByRole('radio', { name: /数えない/ }).check();
    await page.getByRole('combobox', { name: '件数の数え方' }).selectOption({ label: '内容ごとに1件と数える' });
    await field(page, '場所と時間').fill('道路河川建設課 / 平日 8時30分から17時15分まで');
    await page.getByRole('button', { name: 'すべての総合支所・支所を加える' }).click();
    await page.waitForLoadState();
    const places = await field(page, '場所と時間').inputValue();
    assert.match(places, /^道路河川建設課 \/ 平日/);
    assert.ok(places.split('\n').length > 10 && places.includes('菊川総合支所'), places);
    assert.equal(await field(page, '案件名').inputValue(), TITLE, 'what was typed is still there');
    await picture(page, 'plan');
    await press(page, '保存する', '準備を始めました');
    path = new URL(page.url()).pathname;
    for (const lack of ['29日しかありません', '問合せ先の場所を入力してください', '案の資料を1つ以上載せてください']) {
      await page.getByText(lack).first().waitFor();
    }
    assert.equal(await page.getByRole('button', { name: '起案する' }).count(), 0, 'nothing is put before anybody while something is missing');
    await picture(page, 'lacks');
    await page.getByRole('link', { name: '内容を直す' }).click();
    await field(page, '募集の最終日').fill('R7.5.16');
    await field(page, '場所').last().fill('道路河川建設課(本庁舎4階)');
    await field(page, '電話番号').fill('000-000-0001');
    await press(page, '保存する', '保存しました');
    assert.equal(await page.getByText('日しかありません').count(), 0, '30 days are enough');
  });

  walk('the draft is laid out as a file and as paragraphs, and a drawing with somebody to ask', async () => {
    const page = await desk('clerk');
    await field(page, '資料の名前').fill('計画の素案');
    await page.getByLabel('ファイル', { exact: false }).last().setInputFiles({ name: '素案.pdf', mimeType: 'application/pdf', buffer: PDF });
    await press(page, '加える', '資料を載せました');
    paper = Number(new URL(page.url()).pathname.split('/')[2]);
    await page.getByLabel(/^原稿のファイル/).setInputFiles({ name: '素案.md', mimeType: 'text/markdown', buffer: Buffer.from(sent.DRAFT) });
    await press(page, '読み取る', '9段落を読み取りました');
    await picture(page, 'paragraphs');
    await press(page, 'この文章を取り込む', '文章を取り込みました');
    await unfold(page, '資料を加える');
    await page.getByRole('combobox', { name: /^種類/ }).selectOption({ label: '関係資料' });
    await field(page, '資料の名前').fill('位置図');
    await page.getByLabel('ファイル', { exact: false }).last().setInputFiles({ name: '位置図.pdf', mimeType: 'application/pdf', buffer: PDF });
    await field(page, '読めない方の問合せ先').fill('道路河川建設課(電話 000-000-0001)が読み上げます。');
    await press(page, '加える', '資料を載せました');
    await page.getByRole('link', { name: '取り込まずに戻る' }).click();
    await page.getByText('足りないものはありません').waitFor();
  });

  walk('somebody outside looks it over by a link, a second person and the head decide', async () => {
    const page = await desk('clerk', '/preview');
    await page.getByText('休める場所を、500メートルごとに置きます。').waitFor();
    await picture(page, 'preview');
    await page.goto(`${demo.staffUrl}${path}/notices`);
    await page.getByRole('heading', { name: '報道機関への投げ込み' }).waitFor();
    await picture(page, 'notices');
    await page.goto(demo.staffUrl + path);
    await unfold(page, '庁外の人に確かめてもらう');
    await field(page, 'だれに見せるか').fill('審議会の委員');
    await press(page, '確認用のリンクを作る', 'この画面にしか出ません');
    previewed = await page.locator('code').innerText();
    const guest = await browser.citizen();
    await guest.goto(previewed);
    await guest.getByText('公示前の内容です').waitFor();
    await page.goto(demo.staffUrl + path);
    await press(page, '起案する', '起案しました');
    await decide(TITLE, ['kacho', 'bucho']);
    const answer = await guest.goto(demo.publicUrl + path);
    assert.equal(answer.status(), 404, 'nobody reads it before its day');
    await guest.context().close();
  });

  // ---- the period

  const open = {};

  walk('it opens by the clock, and three citizens write, one of them without script', async () => {
    await moveTo(OPENED);
    const [one, two, plain] = [await browser.citizen(), await browser.citizen({ width: 1280 }), await browser.citizen({ script: false })];
    await until('the period opens', async () => (await one.goto(demo.publicUrl + path)).ok());
    await one.getByText('あと29日').waitFor();
    assert.equal((await two.goto(previewed)).status(), 404, 'the link for looking it over is over');
    await picture(one, 'open');
    await picture(await consultation(two), 'open-wide');
    const file = await one.request.get(demo.publicUrl + await one.getByRole('link', { name: /素案\.pdf/ }).getAttribute('href'));
    assert.deepEqual(await file.body(), PDF);

    // on a paragraph, a second point, a reason, a picture
    await one.locator(`#p-${paper}-p3`).getByRole('link', { name: 'ここに意見を書く' }).click();
    await citizen.write(one, by('first'));
    await picture(one, 'form');
    await send(one, 'first', 'telephone');

    await two.locator(`#p-${paper}-p6`).getByRole('link', { name: 'ここに意見を書く' }).click();
    await citizen.write(two, by('second'));
    await send(two, 'second', 'wide');

    await picture(await consultation(plain), 'open-noscript');
    await plain.locator(`#p-${paper}-p9`).getByRole('link', { name: 'ここに意見を書く' }).click();
    await citizen.write(plain, by('plain'));
    await picture(plain, 'form-noscript');
    await send(plain, 'plain', 'noscript');
    Object.assign(open, { one, two, plain });
  });

  walk('others send by the form and by mail, staff type in what came on paper, until the last evening', async () => {
    const forms = all.filter((one) => one.by === 'form');
    const mails = all.filter((one) => one.by === 'mail');
    const sendAll = async (some) => {
      for (const one of some) receipts.set(one.who ?? one, await citizen.sendByForm(demo.publicUrl, path, paper, one));
    };
    // a text that goes round is tied to the paragraph of the first who sent it: who wrote by the form
    await sendAll(forms.splice(0, 20));
    for (const one of mails) {
      await sendMail({ from: one.email, name: one.name, to: inbox, subject: '素案への意見', text: one.points[0].opinion });
    }
    const page = await staff('kocho');
    for (const one of all.filter((each) => each.by === 'desk' && !each.stamped)) await enter(page, one);
    await picture(page, 'entered');

    // who had a receipt of the form that day gets no second mail by himself
    for (const one of mails.filter(({ email }) => email !== by('second').email)) {
      const mail = await waitForMail(one.email, { wanted: ({ text }) => text.includes('確認番号'), within: 60_000 });
      const [, code, secret] = /受付番号 +(\S+)\s+確認番号 +(\S+)/.exec(mail.text);
      receipts.set(one.who ?? one, { code, secret });
      assert.ok(!mail.text.includes(one.points[0].opinion), 'the receipt of a mail repeats nothing of it');
      open.mine ??= /http\S+\/opinions\/\S+/.exec(mail.text)[0];
    }
    await moveTo(LAST_EVENING);
    await until('it is open', async () => (await open.one.goto(demo.publicUrl + path)).ok());
    await open.one.getByText('今日が最終日です').waitFor();
    await sendAll(forms);
    // somebody is still writing when the day ends
    open.late = await browser.citizen();
    await open.late.goto(`${demo.publicUrl}${path}/comments/new`);
    await citizen.write(open.late, by('late'));
  });

  walk('a mail in somebody’s name is owned up to, and news by mail is asked for and given up, each by a button', async () => {
    const page = open.plain;
    await page.goto(open.mine);
    await page.getByRole('heading', { level: 1, name: 'このご意見は、あなたが送りましたか' }).waitFor();
    await picture(page, 'mine');
    await page.getByRole('button', { name: 'はい、送りました' }).click();
    await page.getByRole('heading', { level: 1, name: 'ありがとうございました' }).waitFor();
    await picture(page, 'mine-said');

    await page.goto(`${demo.publicUrl}/subscriptions/new`);
    await page.getByRole('textbox', { name: /^メールアドレス/ }).fill('oshirase@example.jp');
    await page.getByRole('button', { name: '確認のメールを受け取る' }).click();
    await page.getByRole('heading', { level: 1, name: '確認のメールをお送りします' }).waitFor();
    const asked = ({ text }) => text.includes('/subscriptions/');
    const mail = await waitForMail('oshirase@example.jp', { wanted: asked, within: 60_000 });
    await page.goto(/http\S+\/subscriptions\/\S+/.exec(mail.text)[0]);
    await page.getByRole('heading', { level: 1, name: 'お知らせのメールを登録しますか' }).waitFor();
    await picture(page, 'news-asked');
    await page.getByRole('button', { name: '登録する' }).click();
    await page.getByRole('heading', { level: 1, name: 'お知らせのメールを登録しています' }).waitFor();
    await picture(page, 'news');
    await page.getByRole('button', { name: 'お知らせをやめる' }).click();
    await page.getByRole('heading', { level: 1, name: 'お知らせのメールを止めました' }).waitFor();
    await picture(page, 'news-ended');
  });

  walk('it closes by the clock: who was writing is late, a stamp of the last day is in time', async () => {
    await moveTo(JUST_OVER);
    const { one, late } = open;
    await until('it is closed', async () => {
      await one.goto(demo.publicUrl + path);
      return await one.getByText('に終わりました').count() > 0;
    });
    assert.equal(await one.getByRole('link', { name: '意見を書く', exact: true }).count(), 0);
    await one.goto(`${demo.publicUrl}${path}/comments/new`);
    await one.getByRole('heading', { name: 'いまは意見を受け付けていません' }).waitFor();
    await picture(one, 'closed');
    await send(late, 'late', 'late');
    await late.getByText('期限後に届きました').waitFor();
    await late.context().close();

    await moveTo(SORTED);
    await enter(await staff('kocho'), all.find((each) => each.stamped));
    const page = await desk('clerk');
    const text = await page.getByRole('main').innerText();
    assert.match(text, /提出 60通/);
    // a second person compares what was typed in with the paper
    await page.getByRole('link', { name: '1通ずつ確かめる' }).click();
    await picture(page, 'second-look');
    await press(page, '紙と同じことを確かめた', '次の1通です');
  });

  /** A text without the words that say where a difference begins and ends, on one line. */
  const oneLine = (text) => text.replace(/\s*(削除|追加)ここ(から|まで)\s*/g, '').replace(/\s+/g, ' ');

  // ---- sorting

  /** The page of a group, found by words of its text. */
  async function group(words) {
    const page = await desk('clerk', `/groups?q=${encodeURIComponent(words)}`);
    await page.getByRole('table', { name: '意見のまとまり' }).getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: /^まとまり\d+$/ }).waitFor();
    return page;
  }
  /** Marks the rows of a table that hold these words. */
  async function tick(page, texts) {
    for (const words of texts) await page.getByRole('row').filter({ hasText: words }).getByRole('checkbox').check();
  }
  /** The items that every page of sorting says it accounts for. */
  const counted = async (page) => Number(/意見項目 ([\d,]+)件/.exec(await page.getByLabel('件数の確かめ').innerText())[1]);

  walk('what is about something else is set aside with a reason; equal texts stand together by themselves', async () => {
    const page = await desk('clerk', '/submissions');
    const row = page.getByRole('row').filter({ hasText: sent.OFF_TOPIC });
    while (await row.count() === 0) await page.getByRole('link', { name: /次/ }).click();
    await picture(page, 'submissions');
    await row.getByRole('link').click();
    await page.getByRole('radio', { name: '案件外にする' }).check();
    await field(page, '理由').fill('花火大会の臨時バスについてのご意見は、交通対策課へ伝えます。');
    await press(page, 'この扱いにする', '「案件外」にしました');
    await picture(page, 'submission');

    await until('every submission is cut into items', async () => await counted(await desk('clerk', '/groups')) === sums.items - 1);
    await press(page, '整理を始める', '意見の整理を始めました');
    assert.match(await page.getByLabel('件数の確かめ').innerText(), /届いたもの 60通 = 件数に入る 57 \+ 期限後 1 \+ 記載に不足 1 \+ 案件外 1 \+ 取下げ 0/);
    await picture(page, 'groups');
    await group('休める場所は');
    await page.getByText('同文 10件').waitFor();
    await page.getByText(/空白や記号の違い \d+とおり/).waitFor();
  });

  walk('near copies are taken in, two groups put together, parted and put together again', async () => {
    const page = await staff('clerk');
    const family = page.getByRole('table', { name: '似た意見' }).getByRole('link', { name: /^休める場所は/ });
    await until('the near copies are found', async () => {
      await page.goto(`${demo.staffUrl}${path}/suggestions`);
      if (await family.count() > 0) return true;
      const again = page.getByRole('button', { name: 'もう一度探す' });
      if (await again.count() > 0) await again.click();
      return false;
    });
    await picture(page, 'suggestions');
    await family.first().click();
    for (const words of sent.ADDED) await page.getByRole('row').filter({ hasText: words }).waitFor();
    await picture(page, 'family');
    await press(page, '代表のまとまりに入れる', 'にまとめました');
    await group('休める場所は');
    const added = await page.locator('#additions').innerText();
    for (const words of sent.ADDED) assert.ok(added.includes(words), `nothing anybody added is hidden: ${words}`);
    await picture(page, 'group');

    for (const last of [false, true]) {
      await desk('clerk', '/groups');
      await tick(page, sent.LIGHT);
      await press(page, '1つにまとめる', '2つのまとまりを');
      assert.equal(await counted(page), sums.items - 1, 'no item is lost by merging');
      if (last) break;
      await press(page, '取り消す', '取り消しました');
      for (const words of sent.LIGHT) await page.getByRole('row').filter({ hasText: words }).waitFor();
    }
  });

  walk('a mail is cut by selecting its text, opinions are tied to paragraphs, one is not published', async () => {
    const page = await group(sent.TWO_IN_ONE[0]);
    await page.getByRole('table', { name: '項目' }).getByRole('link').first().click();
    const words = page.locator('.cuts [data-at]', { hasText: sent.TWO_IN_ONE[0] });
    const [from, to] = await words.evaluate((piece) => {
      piece.scrollIntoView({ block: 'center' });
      const lines = [...piece.getClientRects()];
      const [first, last] = [lines[0], lines.at(-1)];
      return [[first.left + 1, first.top + first.height / 2], [last.right - 1, last.top + last.height / 2]];
    });
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 5 });
    await page.mouse.up();
    await page.getByText(`選んだ文章:「${sent.TWO_IN_ONE[0]}」`).waitFor();
    await picture(page, 'cut');
    await page.getByRole('combobox', { name: '段落' }).first().selectOption(at('p8'));
    await press(page, '項目にする', '項目にしました');
    await unfold(page, '項目2の段落を変える');
    await page.locator('details[open]', { hasText: '項目2の段落を変える' }).getByRole('combobox', { name: '段落' }).selectOption(at('p9'));
    await press(page.locator('details[open]', { hasText: '項目2の段落を変える' }), 'この段落にする', '項目にしました');
    assert.equal(await counted(page), sums.items);

    for (const [place, texts] of Object.entries({
      p2: ['道の名前と距離', '犬を連れて'],
      p5: ['春に花の咲く木'],
      p6: ['芝生を広く', 'ラジオ体操', '朝市の手伝い'],
      p8: ['砂場には', 'ベビーカーを置く', '手洗いは、夜も', '水遊びのできる', '遊び場の入口'],
    })) {
      await desk('clerk', '/groups?place=whole');
      await tick(page, texts);
      await unfold(page, '段落や章を決める');
      await page.getByRole('combobox', { name: '段落' }).last().selectOption(at(place));
      await press(page, 'この段落にする', '段落を決めました');
    }
    await group(sent.HARMFUL);
    await unfold(page, 'すべての項目を公表しない');
    const form = page.locator('details[open]', { hasText: 'すべての項目を公表しない' });
    await choose(form.getByRole('combobox', { name: '公表しない理由' }), '第三者の権利利益');
    await press(form, 'このまとまりを公表しない', '公表しないこととしました');
    await picture(await desk('clerk', '/acts'), 'acts');
  });

  // ---- answering

  const chapters = new Map();

  /** Writes one view for some opinions of a chapter. */
  async function answer(login, chapter, name) {
    const view = VIEWS[name];
    const page = await desk(login, `/answers?chapter=${chapters.get(chapter)}&gap=view`);
    if (view.of) await tick(page, view.of);
    else for (const box of await page.locator('tbody').getByRole('checkbox').all()) await box.check();
    await press(page, '新しい市の考え方を付ける', '新しい市の考え方を付けました');
    await page.getByRole('radio', { name: view.outcome }).check();
    await field(page, '市の考え方').fill(view.body);
    if (view.reason) await field(page, '理由').fill(view.reason);
    if (view.changed_place) await field(page, '案の箇所').fill(view.changed_place);
    if (view.changed) await page.getByRole('combobox', { name: '直す段落' }).selectOption(at(view.changed));
    if (view.old_text) await field(page, '直す前の文章').fill(view.old_text);
    if (view.new_text) await field(page, '直したあとの文章').fill(view.new_text);
    await press(page, '保存する', /^保存しました。$/);
    return page;
  }
  /** Puts a chapter before its heads; its page shows what is answered, so these words of an opinion. */
  async function approve(login, chapter, heads, words) {
    const page = await staff(login);
    await page.goto(`${demo.staffUrl}/chapters/${chapters.get(chapter)}`);
    if (heads.length === 1) await choose(page.getByRole('combobox', { name: '決裁の区分' }), '課長専決');
    await page.getByText(words).first().waitFor();
    await picture(page, `chapter-${login}`);
    await press(page, '起案する', '起案しました');
    await decide(chapter, heads);
  }

  walk('chapters are made of the headings and given to three sections', async () => {
    const page = await desk('clerk', '/chapters');
    await press(page, '案の見出しから章を作る', '章を4つ作り');
    for (const [name, section] of SECTIONS.slice(1)) {
      await unfold(page, name);
      const form = page.locator('details[open]', { hasText: name }).first();
      await choose(form.getByRole('combobox', { name: '受け持つ課' }), section);
      await press(form, '直す', '章を直しました');
    }
    for (const [name, section] of [...SECTIONS, ['全体・その他', '道路河川建設課']]) {
      const row = page.getByRole('table', { name: '章' }).getByRole('row').filter({ hasText: name });
      await row.filter({ hasText: section }).waitFor();
      chapters.set(name, Number((await row.getByRole('link').first().getAttribute('href')).split('/').pop()));
    }
    await picture(page, 'chapters');
  });

  walk('three sections answer, and their heads approve chapter by chapter', async () => {
    const [one, two, three] = SECTIONS.map(([name]) => name);
    const mineOf = await staff('tanto2');
    await mineOf.goto(`${demo.staffUrl}/answers`);
    await mineOf.getByRole('link', { name: two, exact: true }).waitFor();
    assert.equal(await mineOf.getByRole('link', { name: one, exact: true }).count(), 0, 'a section sees its own chapters');
    for (const view of ['shorter', 'apart', 'when', 'way']) await answer('tanto', one, view);
    await picture(await staff('tanto'), 'answer');
    await picture(await desk('tanto', `/answers?chapter=${chapters.get(one)}`), 'answers');
    for (const view of ['leaves', 'square']) await answer('tanto2', two, view);
    await answer('kosodate1', three, 'children');
    for (const view of ['print', 'thanks']) await answer('tanto', '全体・その他', view);
    await approve('tanto', one, ['kacho', 'bucho'], sent.COPIED);
    await approve('tanto2', two, ['kacho2'], sent.LEAVES);
    await approve('kosodate1', three, ['kosodate2'], sent.TWO_IN_ONE[0]);
    await approve('tanto', '全体・その他', ['kacho'], sent.WHOLE);
  });

  walk('the final text is the draft with what was promised, paragraph by paragraph', async () => {
    const page = await desk('clerk', '/differences');
    await press(page, '案に修正を当てはめて作る', '最終の文章を作りました');
    await page.getByText('意見による変更').waitFor();
    assert.match(oneLine(await page.locator('.diff').first().innerText()), /300メートルごとに置きます/);
    assert.equal(await page.getByText('理由が書かれていません').count(), 0);
    await picture(page, 'differences');
  });

  // ---- the result

  async function circulate(page, fill) {
    await page.goto(`${demo.staffUrl}${path}/result`);
    await fill();
    await press(page, 'この内容で起案する', '起案しました');
    await decide(new RegExp(`結果「${TITLE}」`), ['kacho', 'bucho']);
  }

  walk('the result is put together, looked over, approved and published', async () => {
    const page = await desk('clerk', '/result');
    await page.getByRole('radio', { name: '案を修正して決定' }).check();
    await field(page, '決定した日').fill('R7.5.20');
    await field(page, '決定の説明').fill('いただいたご意見を受けて、休める場所の間隔を短くしました。');
    await unfold(page, '行うことを加える');
    await field(page, '行うこと').fill('広場の使い方を話し合う集まりを開きます。');
    await field(page, 'いつまでに').fill('R8.3.31');
    await press(page, '下書きを保存する', '下書きを保存しました');
    await page.getByText('足りないものはありません').waitFor();
    await picture(page, 'result-desk');
    await page.goto(`${demo.staffUrl}${path}/result/masks`);
    await picture(page, 'masks');
    await page.goto(`${demo.staffUrl}${path}/result/preview`);
    await page.getByText('同趣旨 13件').waitFor();
    await picture(page, 'result-preview');
    await circulate(page, async () => {});
  });

  /** What no public page may hold. */
  const secrets = [...all.flatMap(({ name, email }) => [name, name?.replace(' ', ''), email]), '瀬戸口', '見本町', mine].filter(Boolean);
  const silent = (text, where) => {
    for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} is in ${where}`);
  };

  walk('citizens read it, and every number is what was sent, on the page and in the files', async () => {
    const page = open.two;
    await until('the result is out', async () => (await page.goto(`${demo.publicUrl}${path}/result`)).ok());
    const [head, ...rows] = await page.getByRole('table', { name: '提出の方法ごとの数' }).locator('tr')
      .evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.innerText.trim().replace('(通)', ''))));
    const total = { ...sums, late: 1, incomplete: 1, off_topic: 1, withdrawn: 0 };
    // what nobody met is no column; every other one has a line for each way
    const columns = Object.entries(COUNTS).filter(([, count]) => total[count] > 0);
    assert.deepEqual(head, ['方法', ...columns.map(([name]) => name)]);
    const line = (label, counts) => [label, ...columns.map(([, count]) => String(counts[count]))];
    assert.deepEqual(rows, [...sums.channels.map((one) => line(WAYS[one.channel], one)), line('計', total)]);
    const text = oneLine(await page.getByRole('main').innerText());
    for (const words of [`提出 ${sums.submissions}通`, `提出者 ${sums.submitters}`, `意見 ${sums.items}件`, `文章が異なるもの ${sums.texts}`, '公表しないもの 1件', '同趣旨 13件', '300メートルごと', '【個人情報】']) {
      assert.ok(text.includes(words), `${words} stands on the page`);
    }
    for (const { body } of Object.values(VIEWS)) assert.ok(text.includes(body), body);
    assert.ok(!text.includes('どなります'), 'what is withheld is not shown');
    silent(await page.content(), 'the page');
    await picture(page, 'result-wide');
    await picture(await result(open.one), 'result');
    await picture(await result(open.plain), 'result-noscript');

    const json = await (await fetch(`${demo.publicUrl}${path}/result.json`)).json();
    assert.deepEqual(json.counts.channels, sums.channels);
    const { received, submissions, submitters, items, distinct_texts } = json.counts;
    assert.deepEqual({ received, submissions, submitters, items, texts: distinct_texts },
      { received: 60, submissions: sums.submissions, submitters: sums.submitters, items: sums.items, texts: sums.texts });
    assert.equal(json.items.length, sums.items);
    assert.equal(json.groups.reduce((n, one) => n + one.items, 0), sums.items - 1);
    assert.equal(json.views.length, Object.keys(VIEWS).length);
    assert.deepEqual(json.changes.map(({ old_text, new_text }) => [old_text, new_text]), [['500メートルごと', '300メートルごと']]);
    silent(JSON.stringify(json), 'the JSON file');

    const csv = Buffer.from(await (await fetch(`${demo.publicUrl}${path}/result.csv`)).arrayBuffer()).toString('utf8');
    assert.ok(csv.startsWith('\uFEFF'));
    assert.equal(csvRows(csv).length, sums.items + 1);
    silent(csv, 'the CSV file');
    const clerk = await desk('clerk', '/result');
    const book = await (await clerk.request.get(`${demo.staffUrl}${path}/result.xlsx`)).body();
    assert.equal(sheetRows(book).length, sums.items + 1);
    assert.deepEqual(sheetRows(book, 2).at(-1), ['計', ...Object.values(COUNTS).map((count) => total[count])]);

    await page.getByRole('link', { name: '決定した文章を読む' }).click();
    await page.getByText('休める場所を、300メートルごとに置きます。').waitFor();
    await picture(page, 'result-text');
  });

  /** The newest result, as a citizen opens it from the consultation's page. */
  async function result(page) {
    await consultation(page);
    await page.getByRole('link', { name: '結果を読む' }).first().click();
    await page.getByRole('heading', { level: 1, name: /の結果$/ }).waitFor();
    return page;
  }

  /** How many mails about the result each address has; every one got at least one. */
  async function told() {
    const counts = {};
    const about = ({ subject }) => subject.includes(TITLE) && subject.includes('結果を公表しました');
    for (const address of sums.addresses) {
      await waitForMail(address, { wanted: about, within: 60_000 });
      counts[address] = (await mailsTo(address)).filter(about).length;
    }
    return counts;
  }
  const once = Object.fromEntries(sums.addresses.map((address) => [address, 1]));

  walk('every address is told once, and each writer finds the answer to his or her own opinion and to no other', async () => {
    assert.deepEqual(await told(), once);
    const sees = async (page, who, name, there) => {
      await status(page, who);
      const text = await page.getByRole('main').innerText();
      for (const words of there) assert.ok(text.includes(words), `${name} sees ${words}`);
      const own = all.find((one) => one.who === who || one === who).points.map((point) => point.opinion);
      for (const words of own) assert.ok(text.includes(words), `${name} sees ${words}`);
      for (const { body } of Object.values(VIEWS)) {
        assert.equal(text.includes(body), there.includes(body), `${name}: ${body}`);
      }
      for (const other of [sent.LEAVES, sent.AGAINST, sent.HARMFUL, sent.SIGNED]) {
        assert.equal(text.includes(other), own.includes(other), `${name}: ${other}`);
      }
      await picture(page, `status-${name}`);
    };
    const of = (opinion) => all.find((one) => one.by === 'form' && one.points[0].opinion === opinion);
    const { one, two, plain } = open;
    await sees(one, 'first', 'two-points', [VIEWS.way.body, VIEWS.square.body]);
    await sees(two, 'second', 'wide', [VIEWS.square.body]);
    await sees(plain, 'plain', 'noscript', [VIEWS.children.body, VIEWS.print.body]);
    await sees(one, 'mail', 'mail', [VIEWS.square.body]);
    await sees(one, 'cut', 'cut', [VIEWS.children.body]);
    await sees(one, of(sent.COPIED), 'copied', [VIEWS.shorter.body, '同じ趣旨のご意見が、ほかに12件ありました']);
    await sees(one, of(sent.HARMFUL), 'withheld', ['第三者の権利利益を害するおそれがあるため']);
    await sees(one, 'late', 'late', ['期限後に届いた']);
    await sees(one, 'off_topic', 'off-topic', ['花火大会の臨時バスについてのご意見は、交通対策課へ伝えます。']);
    // the number of one and the secret of another
    await citizen.status(one, demo.publicUrl, { code: receipts.get('first').code, secret: receipts.get('second').secret });
    await one.getByText('組み合わせが見つかりません').first().waitFor();
  });

  walk('a mistake is corrected: the second version shows what changed, the first stays readable, nobody is mailed again', async () => {
    const [wrong, right] = ['令和8年3月22日', '令和8年3月29日'];
    await moveTo(CORRECTED);
    const clerk = await staff('clerk');
    await clerk.goto(`${demo.staffUrl}/chapters/${chapters.get(SECTIONS[1][0])}`);
    await unfold(clerk, '決裁を取り消して直す');
    await field(clerk, '取り消す理由').fill('集まりの日を誤りました。');
    await press(clerk, '決裁を取り消して直す', '決裁を取り消しました');
    const page = await desk('tanto2', `/answers?chapter=${chapters.get(SECTIONS[1][0])}`);
    await page.getByRole('row').filter({ hasText: wrong }).getByRole('link', { name: /^書く・直す/ }).first().click();
    await field(page, '市の考え方').fill(VIEWS.square.body.replace(wrong, right));
    await press(page, '保存する', /^保存しました。$/);
    await approve('tanto2', SECTIONS[1][0], ['kacho2'], sent.LEAVES);
    await circulate(clerk, async () => {
      await field(clerk, '何を、なぜ訂正したか').fill('集まりの日の誤りを直しました。');
      await picture(clerk, 'correction');
    });
    // others than before: a browser may show for a moment what it has just read
    const [one, plain] = [await browser.citizen(), await browser.citizen({ script: false })];
    for (const reader of [one, plain]) {
      await until('the second version is out', async () => {
        await reader.goto(`${demo.publicUrl}${path}/result`);
        return await reader.getByText('訂正の記録').count() > 0;
      });
      const text = await reader.getByRole('main').innerText();
      assert.ok(text.includes(right) && text.includes('集まりの日の誤りを直しました。'));
      await reader.getByRole('heading', { name: '前の版から変わったところ' }).waitFor();
    }
    await picture(one, 'result-corrected');
    await one.getByRole('link', { name: '第1版' }).click();
    await one.getByText('前の版です').waitFor();
    assert.ok((await one.getByRole('main').innerText()).includes(VIEWS.square.body));
    silent(await one.content(), 'the first version');
    await picture(one, 'result-first-version');
    await status(plain, 'first');
    assert.ok((await plain.getByRole('main').innerText()).includes(right), 'the writer reads the corrected answer');
    assert.deepEqual(await told(), once);
  });
});
