// One letter all the way through the house, as people would do it: a citizen on a telephone, the listening office, two
// sections, their heads. With script and without. The answer goes through a real Postfix into a real Dovecot mailbox.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { waitForMail } from './imap.mjs';
import { check, launch, needs, startDemo } from './rig.mjs';
import { choose, field, press, toDecide, unfold, until, walkOf } from './steps.mjs';

const NAME = '桟敷 やよい';
const MATTERS = ['桟橋へ下りる階段の手すり', '桟橋前の広場の花壇'];
const BODY = `桟橋へ下りる階段の手すりが外れています。母が転びかけました。
それから、桟橋前の広場の花壇に水やりをしてくださる方へ、ありがとうとお伝えください。

${NAME}`;
const ANSWER = '現地を確かめました。手すりは12月20日までに付け直します。それまでは仮の柵を置きます。';

for (const script of [true, false]) {
  describe(`one letter all the way, ${script ? 'with' : 'without'} script`, needs('TEST_SMTP_URL'), () => {
    const email = `walk-${script ? 'script' : 'plain'}@example.jp`;
    let demo;
    let browser;
    before(async () => {
      demo = await startDemo({ smtpUrl: process.env.TEST_SMTP_URL });
      browser = await launch(demo);
    }, { timeout: 90_000 });
    after(async () => {
      await browser?.close();
      await demo?.stop();
    });

    const people = new Map();
    const staff = async (login) => {
      if (!people.has(login)) people.set(login, await browser.staff(login, { script }));
      return people.get(login);
    };
    const picture = (page, name) => check(page, `walk-${name}${script ? '' : '-noscript'}`);

    /** The letter's page, reached by the list as `login` sees it; the part of it about one of its matters. */
    async function matter(login, no) {
      const page = await staff(login);
      await page.goto(`${demo.staffUrl}/letters`);
      await page.getByRole('link', { name: MATTERS[no - 1] }).first().click();
      const part = page.getByRole('region', { name: new RegExp(`^${no}件目`) });
      await part.waitFor();
      return { page, part };
    }

    /** One step of a matter: fills what `fill` fills in its form, presses the button, waits for what is said. */
    async function step(login, no, button, said, fill = async () => {}) {
      const { page, part } = await matter(login, no);
      // a step that is not the next one lies folded under its own name
      await unfold(part, new RegExp(`^${button}$`));
      const form = part.locator('form').filter({ has: page.getByRole('button', { name: button, exact: true }) });
      await fill(form);
      await form.getByRole('button', { name: button, exact: true }).click();
      await page.getByText(said).first().waitFor();
    }

    let receipt;
    let citizen;
    const walk = walkOf();

    walk('a citizen writes on a telephone, looks it over, goes back once, and sends', async () => {
      citizen = await browser.citizen({ width: 390, script });
      const page = citizen;
      await page.goto(demo.publicUrl);
      await page.getByRole('main').getByRole('link', { name: /手紙を書く/ }).first().click();
      await field(page, '市長に伝えたいこと').fill(BODY);
      await page.getByRole('radio', { name: '返事がほしい' }).check();
      await page.getByRole('radio', { name: 'メール' }).check();
      await field(page, 'お名前').fill(NAME);
      // as a telephone's keyboard writes it
      await field(page, 'メールアドレス').fill(email.replace('@', '＠'));
      await page.getByRole('radio', { name: '公表してもよい' }).check();
      await picture(page, 'form');
      await press(page, '内容を確かめる', 'まだ送られていません');
      await picture(page, 'confirm');
      await press(page, '書き直す', '内容を確かめる');
      assert.equal(await field(page, '市長に伝えたいこと').inputValue(), BODY);
      assert.equal(await field(page, 'お名前').inputValue(), NAME);
      assert.ok(await page.getByRole('radio', { name: 'メール' }).isChecked());
      await press(page, '内容を確かめる', 'まだ送られていません');
      await press(page, 'この内容で送る', '受付番号');
      const [code, secret] = await page.locator('.receipt-code').allInnerTexts();
      assert.match(code, /^\d{4}-\d{4}-\d{4}$/);
      receipt = { code, secret };
      await picture(page, 'receipt');
    });

    walk('the listening office registers it as two matters and gives each to its section', async () => {
      const page = await staff('kocho');
      await page.goto(`${demo.staffUrl}/letters`);
      await page.getByRole('link', { name: /桟橋へ下りる階段の手すり/ }).first().click();
      await field(page, '件名').first().fill(MATTERS.join('\n'));
      await press(page, '登録する', 'として登録しました');
      await picture(page, 'registered');
      for (const no of [1, 2]) {
        await step('kocho', no, '受理する', '受理しました', (form) =>
          form.getByLabel('種別').selectOption({ label: no === 1 ? '要望' : '感謝' }));
        await step('kocho', no, '供覧する', '供覧しました');
        await step('kocho', no, '担当課を決める', '担当課を', (form) =>
          choose(form.getByRole('combobox', { name: /^担当課/ }), no === 1 ? '道路河川建設課' : '公園緑地課'));
      }
      await picture(await staff('kocho'), 'assigned');
    });

    walk('the section drafts, its head sends it back with a reason, it is drafted again and decided', async () => {
      const { page, part } = await matter('tanto', 1);
      await part.getByRole('link', { name: '回答案を書く' }).click();
      assert.equal(await page.getByLabel('送る方法').locator('option:checked').innerText(), 'eメール');
      await field(page, '文面').fill('手すりは直します。');
      await press(page, '下書きを保存する', '下書きを保存しました');
      await submit(page);

      const head = await staff('kacho');
      await toDecide(head, demo.staffUrl, /桟橋/);
      await field(head, '意見・差戻しの理由').fill('いつまでに直すかを書いてください。');
      await press(head, '理由を付けて差し戻す', '差し戻');
      await picture(head, 'sent-back');

      const again = await matter('tanto', 1);
      assert.match(await again.part.innerText(), /差戻し/);
      await again.part.getByRole('link', { name: '回答案の続きを書く' }).click();
      await page.getByText('いつまでに直すかを書いてください。').first().waitFor();
      await field(page, '文面').fill(ANSWER);
      await press(page, '新しい版として保存する', '第2版を保存しました');
      await submit(page);

      await toDecide(head, demo.staffUrl, /桟橋/);
      await picture(head, 'to-decide');
      await press(head, 'この文面で決裁する', '決裁しました');
    });

    /** 起案 in the class that the section's head decides. */
    async function submit(page) {
      await page.getByRole('radio', { name: /課長/ }).first().check();
      await press(page, '起案する', '起案しました');
    }

    walk('the answer is sent and arrives in the citizen’s mailbox', async () => {
      const { page, part } = await matter('tanto', 1);
      await part.getByRole('link', { name: '回答を送る' }).click();
      await press(page, 'メールで送る', '発送');
      const mail = await waitForMail(email, { wanted: ({ text }) => text.includes('12月20日までに'), within: 45_000 });
      assert.ok(mail.text.includes(`${NAME} 様`), 'the mail greets its reader by name');
      assert.ok(mail.to.includes(email));
      assert.ok(!mail.text.includes(receipt.secret), 'the secret is in no mail that is not the receipt');
    });

    walk('the other section needs no answer; both matters are closed', async () => {
      await step('tanto2', 2, '回答しないこととする', '回答しない', async (form) => {
        await form.getByRole('combobox', { name: /^理由/ }).selectOption({ index: 1 });
        await field(form, '理由の説明').fill('お礼のお便りのため、担当者に伝えて終わります。');
      });
      await step('tanto2', 2, '完結する', '完結しました', (form) => form.getByLabel('結果').selectOption({ index: 1 }));
      await step('tanto', 1, '完結する', '完結しました', (form) => form.getByLabel('結果').selectOption({ label: '実現予定' }));
    });

    walk('the citizen reads the answer with code and secret', async () => {
      const page = citizen;
      await page.goto(demo.publicUrl);
      await page.getByRole('link', { name: /その後/ }).first().click();
      await field(page, '受付番号').fill(receipt.code.replaceAll('-', ''));
      await field(page, '確認番号').fill(receipt.secret);
      await press(page, 'その後を見る', ANSWER);
      await page.getByText('道路河川建設課').first().waitFor();
      await picture(page, 'status');
    });

    walk('it is masked, approved by a second person, and found by a word of two characters without the name', async () => {
      const { page, part } = await matter('kocho', 1);
      await part.getByRole('button', { name: '公表の候補にする' }).click();
      await page.getByText('公表の候補にしました').first().waitFor();
      await page.getByRole('button', { name: /^未判断の\d+件をすべて伏せる$/ }).click();
      await page.getByText('か所を決めました').first().waitFor();
      await page.getByRole('region', { name: '公開されるページの見本' }).waitFor();
      await picture(page, 'masked');
      await press(page, '決裁に回す', '決裁に回しました');

      const second = await staff('kocho2');
      await toDecide(second, demo.staffUrl, /桟橋/);
      await picture(second, 'publication-to-decide');
      await press(second, 'この文面で決裁する', '決裁しました');

      // words become searchable some seconds after they were published
      await until('the published voice is found', async () => {
        await citizen.goto(`${demo.publicUrl}/voices`);
        await field(citizen, 'さがす言葉').or(citizen.getByRole('searchbox')).first().fill('桟橋');
        await citizen.getByRole('button', { name: 'さがす', exact: true }).click();
        await citizen.getByRole('heading', { name: /桟橋.*の声/ }).waitFor();
        return await citizen.getByRole('link', { name: MATTERS[0] }).count() > 0;
      });
      await picture(citizen, 'voices');
      await citizen.getByRole('link', { name: MATTERS[0] }).click();
      await citizen.getByText(ANSWER).first().waitFor();
      const html = await citizen.content();
      for (const secret of [NAME, '桟敷', 'やよい', email, receipt.code]) assert.ok(!html.includes(secret), `${secret} is on the published page`);
      await picture(citizen, 'voice');
    });
  });
}
