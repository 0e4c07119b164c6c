/** The privacy notice in force; a choice is recorded with it. Set by `npm run documents -- --reviewed`. */
export const noticeVersion = 6;
