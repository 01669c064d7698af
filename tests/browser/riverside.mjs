// A plan for the riverside: its draft, sixty submissions on it by every way, and what the city says to them. All people are
// invented.

export const TITLE = '川辺の道と広場の計画';
export const WAYS = { web: 'ウェブの入力フォーム', email: '電子メール', post: '郵送', fax: 'ファクス', hand_in: '持参' };
/** What is counted of each way, as the result's table and its files call it. */
export const COUNTS = { 提出: 'submissions', 提出者: 'submitters', 期限後: 'late', 記載に不足: 'incomplete', 案件外: 'off_topic', 取下げ: 'withdrawn', 届いたもの: 'received' };
/** Who answers which chapter. */
export const SECTIONS = [['第1章 歩く道', '道路河川建設課'], ['第2章 木と広場', '公園緑地課'], ['第3章 親子で使う場所', '子育て政策課']];

/** The draft as the clerk writes it; its headings and paragraphs get the codes p1 to p9. */
export const DRAFT = `# 第1章 歩く道

川沿いの道を、だれもが休みながら歩ける道にします。

休める場所を、500メートルごとに置きます。

# 第2章 木と広場

川沿いに、日陰のできる木を植えます。

広場では、月に1度、朝市を開けるようにします。

# 第3章 親子で使う場所

広場に、小さな子どもの遊び場を作ります。

遊び場のそばに、おむつを替えられる手洗いを置きます。
`;

/** What many copied: the ten as they were given it, two of them typed anew with other spaces and marks. */
export const COPIED = '休める場所は、500メートルごとでは遠すぎます。足の弱い人は、途中で歩けなくなります。300メートルごとに置いてください。水飲み場も、一緒に考えてください。';
const TYPED_ANEW = [
  '休める場所は、５００メートルごとでは遠すぎます。\n足の弱い人は、途中で歩けなくなります。\n３００メートルごとに置いてください。\n水飲み場も、一緒に考えてください。',
  '休める場所は 500メートルごとでは遠すぎます。足の弱い人は 途中で歩けなくなります。300メートルごとに置いてください。水飲み場も 一緒に考えてください',
];
/** What three added to it. */
export const ADDED = [
  'わたしの夫は、つえをついて毎朝この道を歩いています。',
  '観光で来る人も、休む所がなくて困っていました。',
  'いすには、ひじかけを付けると立ちやすくなります。',
];
/** The other text that went round. */
export const LEAVES = '木陰は大切です。ただし、落ち葉の掃除をだれがするのかを決めてから植えてください。';
/** Two opinions in one mail: the clerk cuts it. */
export const TWO_IN_ONE = ['祖父母が見守れるいすを、遊び場の中に置いてください。', '授乳のできる部屋も作れませんか。'];
/** Of a person: it is not published. */
export const HARMFUL = '向かいの店の主人は、いつも子どもをどなります。あの人を追い出してください。';
/** Signed within the text: the name is masked. */
export const SIGNED = '川沿いの道は、車いすでもすれ違える幅にしてください。瀬戸口渚と申します。';
/** The same wish in other words: the clerk puts them together. */
export const LIGHT = ['夜も歩けるように、足もとを照らす明かりを付けてください。', '橋の下が暗くてこわいので、電灯を増やしてください。'];
export const AGAINST = 'この計画より、こわれた側溝を先に直すべきです。反対です。';
export const QUESTION = '工事はいつから始まり、いつから歩けるようになりますか。';
export const WHOLE = '計画の全体に賛成です。早く進めてください。';
/** About something else. */
export const OFF_TOPIC = '花火大会の日に、臨時のバスを増やしてください。';

/** By paragraph: sent by the form, one person each. */
const BY_FORM = {
  p2: [SIGNED, ...LIGHT, '自転車が速く通るので、歩く人と道を分けてください。', '段差のあるところに、手すりを付けてほしいです。', AGAINST, QUESTION,
    '雨の日は水がたまります。水はけをよくしてください。', 'バス停から川沿いの道までの近道を作ってください。'],
  p5: ['桜の木を植えて、花見ができるようにしてください。', '虫の付きにくい木を選んでほしいです。', '木を植えると川が見えなくなります。低い木にしてください。'],
  p6: ['朝市には、地元の魚と野菜を出せるようにしてください。', '朝市の日は、車を止める場所が足りません。', '音楽の催しは、夜8時までにしてください。近くに住んでいます。',
    '朝市に店を出す人は、どのように決めるのですか。', 'ごみ箱を置かないと、朝市のあとが汚れます。', '花壇の世話を、中学生も手伝えるようにしてほしいです。'],
  p8: ['遊び場は、車道から離してください。', '2歳と6歳では遊び方がちがいます。場所を分けてください。', HARMFUL, '障害のある子も乗れるぶらんこを入れてください。',
    '遊具は、点検した日を書いて貼ってください。'],
  p9: ['手洗いの鏡を、子どもの高さにも付けてください。'],
};

/** What the city says to which opinions: to all of a chapter that are left where there is no `of`. */
export const VIEWS = {
  shorter: { of: ['休める場所は'], outcome: '案を修正します', body: '足の弱い方も途中で休めるように、間隔を短くします。', reason: '聞き取りでも、同じ声が多かったためです。',
    changed_place: '第1章 歩く道 2段落目', changed: 'p3', old_text: '500メートルごと', new_text: '300メートルごと' },
  apart: { of: ['こわれた側溝'], outcome: '反映しません', body: '側溝の修理は、この計画とは別に、毎年の予算で行います。', reason: '計画をやめても、修理は早くならないためです。' },
  when: { of: ['工事はいつから'], outcome: '質問へのお答え', body: '工事は令和8年度に始め、できた所から順に通れるようにします。' },
  way: { outcome: '今後の参考とします', body: '道の設計のときに、一つずつ検討します。' },
  leaves: { of: ['木陰は大切です'], outcome: '案に記載しています', body: '落ち葉の掃除は、市が行います。', changed_place: '第2章 木と広場 1段落目' },
  square: { outcome: '今後の参考とします', body: '広場の使い方は、令和8年3月22日の集まりで話し合います。' },
  children: { outcome: '今後の参考とします', body: '遊び場の形は、親子のみなさんと相談して決めます。' },
  print: { of: ['案の字が小さい'], outcome: '案件外の意見', body: '大きな字の紙を、すべての支所に置きました。' },
  thanks: { outcome: '今後の参考とします', body: 'ありがとうございます。計画に沿って進めます。' },
};

const SURNAMES = ['瀬戸口', '汐見谷', '灘波', '唐櫃', '浜岡', '舟橋', '千鳥井', '磯貝', '波多江', '渡瀬'];
const GIVEN = ['渚', '凪沙', '潮', '美岬', '湊斗', '航一'];
const person = (nth) => ({
  name: `${SURNAMES[nth % SURNAMES.length]} ${GIVEN[Math.floor(nth / SURNAMES.length)]}`,
  address: `下関市見本町${Math.floor(nth / 10) + 1}番${nth % 10 + 1}号`,
});

/**
 * All of them: `{ channel, name, address, email, points: [{ paragraph, opinion, reason, family }], fate }`. `mailbox(word)`
 * makes an address nobody else uses. `family` is the same for what counts as one text. `fate` is `late`, `off_topic` or
 * `incomplete`; without it a submission counts. `by` tells how it is sent: `form`, `mail`, `desk` or by hand in a browser.
 */
export function sixty(mailbox) {
  const all = [];
  const add = (by, channel, points, more = {}) => {
    const texts = [points].flat().map((point) => (typeof point === 'string' ? { opinion: point } : point));
    all.push({ by, channel, ...person(all.length), points: texts.map((one) => ({ family: one.opinion, ...one })), ...more });
  };
  const copied = (opinion = COPIED) => ({ opinion, paragraph: 'p3', family: COPIED });

  // in a browser
  add('hand', 'web', [
    { paragraph: 'p3', opinion: 'いすには、背もたれを付けてください。', reason: '背中が曲がっていて、もたれないと休めないからです。' },
    { target: '第2章 木と広場', opinion: '春に花の咲く木を、1本でよいので植えてください。' },
  ], { email: mailbox('first'), who: 'first', name: '桟敷 やよい' });
  add('hand', 'web', [{ paragraph: 'p6', opinion: '朝市の日は、広場に屋根を出してください。' }], { email: mailbox('second'), who: 'second' });
  add('hand', 'web', [
    { paragraph: 'p9', opinion: '手洗いに、おしりをふく台も置いてください。', reason: '双子を連れているからです。' },
    { opinion: '遊び場の入口に、さくと戸を付けてください。' },
    { opinion: '案の字が小さいので、大きな字の紙も用意してください。' },
  ], { email: mailbox('plain'), who: 'plain' });
  add('hand', 'web', [{ opinion: '遅くなりました。道の名前を子どもから募集してください。' }], { fate: 'late', email: mailbox('late'), who: 'late' });

  // through the form, without a browser
  for (const text of [COPIED, COPIED, COPIED, ...TYPED_ANEW]) add('form', 'web', copied(text));
  for (const words of ADDED.slice(0, 2)) add('form', 'web', { opinion: `${COPIED}${words}`, paragraph: 'p3' });
  for (let nth = 0; nth < 4; nth++) add('form', 'web', { opinion: LEAVES, paragraph: 'p5' });
  for (const [paragraph, texts] of Object.entries(BY_FORM)) for (const opinion of texts) add('form', 'web', { opinion, paragraph });
  add('form', 'web', OFF_TOPIC, { fate: 'off_topic', who: 'off_topic' });

  // by mail
  add('mail', 'email', copied(), { email: mailbox('m1') });
  add('mail', 'email', LEAVES, { email: mailbox('m2') });
  add('mail', 'email', TWO_IN_ONE.join(''), { email: mailbox('m3'), who: 'cut', cut: 2 });
  add('mail', 'email', WHOLE, { email: mailbox('m4') });
  add('mail', 'email', '広場でラジオ体操をしたいので、朝6時から使えるようにしてください。', { email: mailbox('m5'), who: 'mail' });
  // who wrote by the form too
  add('mail', 'email', '手洗いは、夜も明かりを付けておいてください。', { email: mailbox('second') });

  // on paper: the last letter came two days after the end with a stamp of the last day
  add('desk', 'post', copied());
  add('desk', 'post', copied());
  add('desk', 'post', LEAVES);
  add('desk', 'post', '道の名前と距離が分かる案内板がほしいです。');
  add('desk', 'post', '芝生を広くとって、寝ころべるようにしてください。');
  add('desk', 'post', '砂場には、猫よけの網をかけてください。', { stamped: { received: 'R7.5.18', posted: 'R7.5.16' } });
  add('desk', 'fax', copied());
  add('desk', 'fax', '犬を連れて歩く人のために、水場を置いてください。');
  add('desk', 'fax', 'ベビーカーを置く屋根がほしいです。');
  add('desk', 'fax', '広場の使用料は、無料にしてください。', { fate: 'incomplete', name: '' });
  add('desk', 'hand_in', copied());
  add('desk', 'hand_in', { opinion: `${COPIED}${ADDED[2]}` });
  add('desk', 'hand_in', '朝市の手伝いに、高校生も呼んでください。');
  add('desk', 'hand_in', '水遊びのできる浅い池もほしいです。');

  all.find((one) => one.points[0].opinion === SIGNED).name = '瀬戸口 渚';
  // two of the same person
  const forms = all.filter((one) => one.by === 'form' && !one.fate);
  for (const [at, word] of [[0, 'twice'], [12, 'twice'], [6, 'alone'], [15, 'other']]) forms[at].email = mailbox(word);
  return all;
}

/** What a result must say of them, from the list alone. */
export function expected(all) {
  const sender = (one) => one.email ?? `${one.name} ${one.address}`;
  const channels = ['web', 'email', 'post', 'fax', 'hand_in'].map((channel) => {
    const here = all.filter((one) => one.channel === channel);
    const counted = here.filter((one) => !one.fate);
    const of = (fate) => here.filter((one) => one.fate === fate).length;
    return {
      channel, submissions: counted.length, submitters: new Set(counted.map(sender)).size, late: of('late'),
      incomplete: of('incomplete'), off_topic: of('off_topic'), withdrawn: 0, received: here.length,
    };
  });
  const counted = all.filter((one) => !one.fate);
  const items = counted.reduce((n, one) => n + one.points.length + (one.cut ?? 1) - 1, 0);
  const families = new Set(counted.flatMap((one) => one.points.map((point) => point.family)));
  const cuts = counted.reduce((n, one) => n + (one.cut ?? 1) - 1, 0);
  return {
    channels, received: all.length, submissions: counted.length, submitters: new Set(counted.map(sender)).size,
    items, texts: families.size + cuts, addresses: [...new Set(all.map((one) => one.email).filter(Boolean))],
  };
}

/** A page with nothing on it. */
export const PDF = Buffer.from(`%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
`);

/** A grey picture. */
export const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAAAAABWESUoAAAAFklEQVR42mNoIAAYRhWMKhhVMFIVAABCAAAfN5c2AAAAAABJRU5ErkJggg==', 'base64');
