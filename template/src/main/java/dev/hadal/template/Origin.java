package dev.hadal.template;

/**
 * Who wrote a character. Text of users must never become a special token, however it is cut, joined
 * and formatted on its way through a template; so each character keeps this mark.
 */
public enum Origin {
  /** The template, or the interpreter on its behalf: digits of a number, a bracket of JSON. */
  TEMPLATE,
  /** Given to the template, and nothing but text. */
  DATA,
  /** Given to the template as what a model answered, in which marks of reasoning may count. */
  ANSWER
}
