/** A limited interpreter of the template language Jinja, as far as chat templates use it. */
@org.jspecify.annotations.NullMarked
module dev.hadal.template {
  requires static org.jspecify;

  exports dev.hadal.template;
}
