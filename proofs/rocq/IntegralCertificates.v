(** What a certificate file about an integral loss imports. *)
From Coq Require Export QArith List.
From Exactland Require Export IntegralClaims IntegralChecks.
Export ListNotations.
