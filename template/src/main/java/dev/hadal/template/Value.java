package dev.hadal.template;

/**
 * What a variable of a template can be. Values do not change, but for what {@code namespace()}
 * makes. Equality and text follow Python's, in which the templates of models are written.
 */
public sealed interface Value
    permits TextValue,
        IntegerValue,
        FloatValue,
        BooleanValue,
        NoneValue,
        UndefinedValue,
        ListValue,
        DictValue,
        ObjectValue {}
